"""Pages and commands of batches and of the life of a case."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient

from app.cases.batches import list_batches
from app.cases.uploads import import_file
from app.cli import main
from geodata.home import Home
from geodata.store import CaseStore
from tests.people import first_client

PHONE_ID = "13812345678-01"
"""Some hotlines number cases by the caller's telephone."""


def write(path: Path, *rows: dict[str, str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def home(empty_app: Flask, tmp_path: Path) -> Home:
    """Three files: cases, callbacks, and an old file that came late."""
    home = Home.at(tmp_path / "home")
    first = {"case_id": PHONE_ID, "received_at": "2025-01-15 10:00", "resolved": "否",
             "title": "电话13812345678", "address": "长青路12号",
             "updated_at": "2025-01-16 10:00"}  # fmt: skip
    import_file(home, write(tmp_path / "cases.csv", first, first | {"case_id": "b"}), "suyuan")
    called = {"case_id": PHONE_ID, "received_at": "2025-01-15 10:00", "resolved": "是",
              "callback_at": "2025-01-25 09:00", "satisfaction": "满意"}  # fmt: skip
    import_file(home, write(tmp_path / "callbacks.csv", called), "suyuan")
    late = first | {"updated_at": "2025-01-15 12:00", "address": "长青路1号"}
    import_file(home, write(tmp_path / "late.csv", late), "suyuan")
    import_file(home, tmp_path / "late.csv", "suyuan")
    return home


def run(home: Home, *arguments: str, answer: str | None = None) -> Result:
    environment = {"SUYUAN_HOME": str(home.path), "SUYUAN_LANGUAGE": "en"}
    return CliRunner().invoke(main, [*arguments], env=environment, input=answer)


def told(home: Home, *arguments: str) -> dict:
    ended = run(home, *arguments, "--json")
    assert ended.exit_code == 0, ended.output
    return json.loads(ended.stdout)


def batch_of(home: Home, file: str) -> str:
    return next(b["batch"] for b in list_batches(home) if b.get("file") == file)


def test_history_of_a_case(home: Home) -> None:
    life = told(home, "cases", "history", PHONE_ID)
    assert [delivery["file"] for delivery in life["deliveries"]] == [
        "late.csv", "cases.csv", "callbacks.csv",
    ]  # fmt: skip
    changes = {(c["field"], c["before"], c["after"]) for c in life["changes"]}
    assert ("address", "长青路1号", "长青路12号") in changes
    assert ("resolved", False, True) in changes
    assert not any(field == "address" and after is None for field, _, after in changes)
    assert "13812345678" not in json.dumps(life["changes"])
    plain = run(home, "cases", "history", PHONE_ID)
    assert "address: 长青路1号 → 长青路12号" in plain.output
    assert run(home, "cases", "history", "nobody").exit_code == 1


def test_the_page_of_a_case_has_no_number_in_its_address(client_of, home: Home) -> None:
    page = client_of.get("/cases").text
    (address,) = set(re.findall(r'href="(/cases/2025-01/[0-9a-f]{16})">\s*13812345678', page))
    shown = client_of.get(address).text
    assert "长青路1号" in shown
    assert "满意" in shown
    assert "电话138********" in shown
    found = client_of.post("/cases/find", data={"case_id": PHONE_ID})
    assert found.location == address
    assert client_of.post("/cases/find", data={"case_id": "nobody"}).status_code == 404
    assert client_of.get("/cases/2025-01/0123456789abcdef").status_code == 404
    assert client_of.get("/cases/2025-01/13812345678").status_code == 404


def test_batches_are_listed_and_explained(home: Home) -> None:
    listed = told(home, "cases", "batches")
    kinds = [(b["file"], b["kind"], b["outdated"]) for b in listed]
    assert kinds == [
        ("late.csv", "no_change", 1), ("late.csv", "import", 1), ("callbacks.csv", "import", 0),
        ("cases.csv", "import", 0),
    ]  # fmt: skip
    first = told(home, "cases", "batches", batch_of(home, "cases.csv"))
    assert first["months"] == ["2025-01"]
    assert "address" in first["columns"]
    assert "callback_at" not in first["columns"]
    assert first["withdrawal"] == {"removed": 1, "reverted": 1, "kept": 0}
    assert (first["accepted"], first["current"]) == (2, 1)
    assert run(home, "cases", "batches", "none").exit_code == 1
    assert "callbacks.csv: 1 read, 0 accepted, 1 updated" in run(home, "cases", "batches").output


def test_the_list_does_without_reports(home: Home) -> None:
    """A kill between the commit and the report leaves the batch in the list."""
    with_reports = [b["batch"] for b in list_batches(home) if b["kind"] == "import"]
    for path in (home.path / "batches").glob("*.json"):
        path.unlink()
    assert [b["batch"] for b in list_batches(home)] == with_reports
    assert [b["read"] for b in list_batches(home)] == [1, 1, 2]


def test_withdraw_by_command(home: Home) -> None:
    batch = batch_of(home, "cases.csv")
    asked = run(home, "cases", "withdraw", batch, answer="n\n")
    assert asked.exit_code == 1
    assert "1 cases go, 1 fall back" in asked.output
    assert CaseStore(home).count().cases == 2
    done = told(home, "cases", "withdraw", batch, "--yes")
    assert (done["removed"], done["reverted"], done["kept"]) == (1, 1, 0)
    assert CaseStore(home).count().cases == 1
    again = run(home, "cases", "withdraw", batch, "--yes")
    assert (again.exit_code, again.output.count("\n")) == (1, 1)
    assert "withdrawn: 1 removed, 1 reverted" in run(home, "cases", "batches").output


def test_withdraw_on_the_page(client_of: FlaskClient, home: Home) -> None:
    batch = batch_of(home, "late.csv")
    (own,) = [b["batch"] for b in list_batches(home) if b["kind"] == "no_change"]
    assert client_of.get(f"/cases/batches/{own}").status_code == 200
    assert client_of.get(f"/cases/batches/{own}/withdraw").status_code == 409
    batch = next(b["batch"] for b in list_batches(home) if b["kind"] == "import")
    assert f"/cases/batches/{batch}/withdraw" in client_of.get(f"/cases/batches/{batch}").text
    asked = client_of.get(f"/cases/batches/{batch}/withdraw").text
    assert "确认撤回" in asked
    assert client_of.post(f"/cases/batches/{batch}/withdraw").status_code == 302
    assert "已撤回" in client_of.get("/cases/batches").text
    assert "这一批次已经撤回" in client_of.get(f"/cases/batches/{batch}").text
    assert client_of.get(f"/cases/batches/{batch}/withdraw").status_code == 409
    client_of.post("/language", data={"language": "en"})
    assert "Withdrawal of late.csv" in client_of.get("/cases/batches").text


def test_compact_and_clean(home: Home) -> None:
    merged = told(home, "cases", "compact")
    assert merged["files_before"] > 0
    cleaned = told(home, "cases", "clean", "--keep-days", "0")
    assert cleaned["unused_files"] > 0
    assert cleaned["bytes_after"] < cleaned["bytes_before"]
    assert told(home, "cases", "count")["cases"] == 2
    assert len(told(home, "cases", "history", PHONE_ID)["deliveries"]) == 3


@pytest.fixture
def client_of(empty_app: Flask, home: Home) -> FlaskClient:
    return first_client(empty_app)
