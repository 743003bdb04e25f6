"""Nothing that a file says of people leaves through logs, messages, names of files or reports."""

from __future__ import annotations

import csv
import io
import json
import logging
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable
from flask import Flask

from geodata.callers import caller_hash
from geodata.errors import UserError
from geodata.home import Home
from geodata.store import CaseStore
from tests.people import first_client, make_app
from tests.serving import SUYUAN

PHONE, LANDLINE, IDENTITY = "13912345678", "010-87654321", "110101199003071234"
NAME, STREET, WECHAT = "欧阳慕雪", "梧桐里胡同37号院5单元", "wx_qiaomei88"
SECRETS = (PHONE, LANDLINE, IDENTITY, NAME, STREET, WECHAT)

HEADERS = (
    "工单编号",
    "来电时间",
    "来电人",
    "来电人电话",
    "身份证号",
    "标题",
    "主要内容",
    "详细地址",
)
CONTENT = (
    f"反映人：{NAME}，住{STREET}，电话{PHONE}，座机{LANDLINE}，身份证{IDENTITY}，微信号：{WECHAT}"
)


def row(
    number: int, received: str = "2025-03-19 08:05:00", case_id: str | None = None
) -> list[str]:
    identity = f"GD{number:05d}" if case_id is None else case_id
    return [identity, received, NAME, PHONE, IDENTITY, CONTENT, CONTENT, STREET]


def as_csv(rows: Iterable[list[str]], headers: Iterable[str] | None = HEADERS) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    if headers is not None:
        writer.writerow(headers)
    writer.writerows(rows)
    return file.getvalue().encode("gb18030")


GOOD = [row(number) for number in range(5)]
REJECTED = [
    row(10, received=f"昨天 {PHONE}"), row(11, received=""), row(12, case_id=""), row(13)[:-2],
    [*row(14), NAME, PHONE], row(0), row(15, received=CONTENT),
    row(16, case_id=PHONE), row(16, case_id=PHONE),
]  # fmt: skip

FILES: dict[str, bytes] = {
    "good": as_csv(GOOD),
    "rejected": as_csv([*GOOD, *REJECTED]),
    "open quote": as_csv(GOOD) + f'GD9,"{CONTENT}\n{NAME},{PHONE}'.encode("gb18030"),
    "no header": as_csv(GOOD, headers=None),
    "no table": f"{CONTENT}\n{NAME} {PHONE}\n".encode(),
    "no delimiter": "\n".join(CONTENT.replace("，", " ") for _ in range(9)).encode(),
    "unknown headers": as_csv(GOOD, headers=[f"列{n}" for n in range(len(HEADERS))]),
    "broken encoding": as_csv(GOOD) + b"\xff\xff" + PHONE.encode() + b"\xff\n",
    "cut workbook": b"PK\x03\x04" + CONTENT.encode(),
    "cut Parquet": b"PAR1" + CONTENT.encode() + b"PAR1",
}


def assert_nothing_private(place: str, text: str) -> None:
    found = [secret for secret in SECRETS if secret in text]
    assert not found, f"{place} tells {found}: {text[:500]}"


def files_of(home: Path) -> list[Path]:
    return [path for path in home.rglob("*") if path.is_file()]


def check_home(home: Path) -> None:
    """Look at everything but the texts of the store itself, which stay original by design.

    The texts that wait for review are the store's, kept beside it for its newest version alone;
    so are the case numbers among the tables of the cache, which the owner alone may read.
    """
    for path in home.rglob("*"):
        assert_nothing_private("a file's name", str(path))
    assert not list((home / "uploads").iterdir()), "an upload is left"
    assert not list((home / "staging").iterdir())
    for path in files_of(home):
        if path.suffix == ".csv":
            check_masked(path.read_text("utf-8-sig"))
        elif path.parent == home / "review":
            assert path.stat().st_mode & 0o077 == 0
            assert path.stem.endswith(f"-{CaseStore(Home(home)).version}")
        elif home / "cache" in path.parents:
            assert (home / "cache").stat().st_mode & 0o077 == 0
        elif home / "cases" not in path.parents or path.suffix == ".json":
            assert_nothing_private(path.name, path.read_bytes().decode("utf-8", "replace"))
    for entry in CaseStore(Home(home)).batches():
        assert_nothing_private("a commit", json.dumps(entry, ensure_ascii=False))


def check_masked(text: str) -> None:
    """Look at rejects, in their file or on their page: what tells who a person is has stars."""
    for secret in (PHONE, LANDLINE, IDENTITY, WECHAT, NAME):
        assert secret not in text
    assert "***" in text or "反映人" not in text


def check_store(home: Path) -> None:
    cases = CaseStore(Home(home)).scan().collect()
    if cases.height:
        pseudonym = caller_hash(Home(home).caller_key(), PHONE)
        assert set(cases["caller"].to_list()) == {pseudonym}
        # An id is kept as delivered, even one that is a telephone number.
        kept = cases.drop("case_id", "title", "content", "address")
        assert_nothing_private("the store", kept.write_json().encode().decode("unicode_escape"))
        # The column of identity cards has no place in the store.
        assert IDENTITY not in cases.drop("title", "content").write_json()


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path / "home")


@pytest.mark.parametrize("name", FILES)
def test_an_upload_tells_nobody(
    name: str, app: Flask, tmp_path: Path, caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    client = first_client(app)
    sent = {"file": (io.BytesIO(FILES[name]), "工单.csv"), "profile": "workorder12345"}
    answer = client.post("/cases/import", data=sent, content_type="multipart/form-data")
    pages = [answer]
    while pages[-1].status_code in (302, 303):
        assert_nothing_private("an address", pages[-1].headers["Location"])
        pages.append(client.get(pages[-1].headers["Location"]))
    watch = answer.headers["Location"]
    job = client.get(watch.removesuffix("/watch")).get_json()
    assert job["state"] == ("done" if name in ("good", "rejected", "open quote") else "failed")
    assert_nothing_private("the job", json.dumps(job, ensure_ascii=False))
    if job["state"] == "done":
        check_masked(client.get(job["result_url"]).get_data(as_text=True))
    for page in pages:
        assert page.status_code < 400
        assert_nothing_private("a page", page.get_data(as_text=True))
    assert_nothing_private("the log", caplog.text)
    out, error = capfd.readouterr()
    assert_nothing_private("stdout", out)
    assert_nothing_private("stderr", error)
    check_home(tmp_path / "home")
    check_store(tmp_path / "home")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_command_line_tells_nobody(language: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    environment = {**os.environ, "SUYUAN_HOME": str(home), "SUYUAN_LANGUAGE": language}
    for name in ("rejected", "no header", "no delimiter", "cut Parquet"):
        path = tmp_path / "工单.csv"
        path.write_bytes(FILES[name])
        command = [SUYUAN, "cases", "import", path, "--profile", "workorder12345"]
        ended = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False
        )
        assert ended.returncode == (0 if name == "rejected" else 1), ended.stderr
        assert_nothing_private("stdout", ended.stdout)
        assert_nothing_private("stderr", ended.stderr)
    check_home(home)
    check_store(home)


class _QuotingError(ValueError):
    """A library's error that quotes the cell it choked on."""


def _choke(*_: Any, **__: Any) -> None:
    try:
        raise _QuotingError(f"cannot convert {CONTENT!r}")  # noqa: TRY301
    except _QuotingError as error:
        raise RuntimeError(f"row of {NAME}") from error


@pytest.mark.parametrize("error", ["bug", "user"])
def test_a_bug_in_a_job_is_logged_without_what_it_choked_on(
    error: str, app: Flask, tmp_path: Path, caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def refuse(*_: Any, **__: Any) -> None:
        raise UserError("refused", "不接受")

    monkeypatch.setattr("app.cases.uploads.import_cases", _choke if error == "bug" else refuse)
    client = first_client(app)
    sent = {"file": (io.BytesIO(FILES["good"]), "工单.csv"), "profile": "workorder12345"}
    client.post("/cases/import", data=sent, content_type="multipart/form-data")
    if error == "bug":
        assert "RuntimeError" in caplog.text
        assert "_choke" in caplog.text
    assert_nothing_private("the log", caplog.text)
    check_home(tmp_path / "home")


def test_a_bug_in_a_page_is_logged_without_what_it_choked_on(
    app: Flask, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.cases.listing.count_all", _choke)
    answer = first_client(app).get("/cases")
    assert answer.status_code == 500
    assert "_choke" in caplog.text
    assert_nothing_private("the log", caplog.text)
    assert_nothing_private("the page", answer.get_data(as_text=True))


def test_the_log_of_the_store_is_free_of_texts(app: Flask, tmp_path: Path) -> None:
    """Delta keeps the least and greatest value of columns in its log: of texts none."""
    client = first_client(app)
    sent = {"file": (io.BytesIO(FILES["good"]), "工单.csv"), "profile": "workorder12345"}
    client.post("/cases/import", data=sent, content_type="multipart/form-data")
    table = DeltaTable(str(tmp_path / "home" / "cases"))
    told = json.dumps([str(entry) for entry in table.history()], ensure_ascii=False)
    assert_nothing_private("the history", told)
    for path in (tmp_path / "home" / "cases" / "_delta_log").iterdir():
        assert_nothing_private(path.name, path.read_bytes().decode("utf-8", "replace"))
