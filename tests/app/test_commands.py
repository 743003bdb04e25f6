"""The command line as a user meets it: one line, the right exit code, JSON on stdout only."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.hotspots.runs import RunSummary
from app.terminal import LANGUAGE_VARIABLES


def suyuan(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, env={"SUYUAN_HOME": str(home)})


def test_count_on_an_empty_home(tmp_path: Path) -> None:
    ended = suyuan(tmp_path / "home", "cases", "count", "--json")
    assert ended.exit_code == 0
    assert json.loads(ended.stdout)["cases"] == 0


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (("cases", "import", "nothing.csv", "--profile", "suyuan"), 1),
        (("cases", "import", "nothing.csv", "--profile", "none"), 1),
        (("cases", "import", "nothing.csv"), 2),
        (("boundaries", "import", "nothing.geojson", "--level", "township",
          "--code-field", "a", "--name-field", "b"), 1),
        (("boundaries", "import", "x", "--level", "planet"), 2),
        (("analyse", "--from", "2025-01-01", "--to", "2025-02-01"), 1),
        (("analyse", "--from", "2025-02-01", "--to", "2025-01-01"), 1),
        (("analyse", "--from", "soon", "--to", "2025-01-01"), 2),
        (("analyse", "--from", "2025-01-01", "--to", "2025-02-01", "--period", "year"), 2),
        (("candidates",), 1),
        (("candidates", "--run", "../.."), 1),
        (("export", "--html", "x.html"), 1),
        (("nothing",), 2),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_one_line(
    tmp_path: Path, arguments: tuple[str, ...], exit_code: int
) -> None:
    ended = suyuan(tmp_path / "home", *arguments)
    assert ended.exit_code == exit_code
    assert ended.stdout == ""
    assert "Traceback" not in ended.output
    if exit_code == 1:
        (line,) = [line for line in ended.stderr.splitlines() if line]
        assert line.startswith("suyuan: ")


def test_reports_are_one_json_line(city_home: Path, city_run: RunSummary, tmp_path: Path) -> None:
    listed = suyuan(city_home, "runs", "list", "--json")
    assert city_run.id in [run["run"] for run in json.loads(listed.stdout)]
    ranked = json.loads(suyuan(city_home, "candidates", "--run", city_run.id, "--json").stdout)
    assert {"code", "name", "score", "contributions"} <= set(ranked[0])
    counted = json.loads(suyuan(city_home, "cases", "count", "--json").stdout)
    assert counted["located"] + counted["unlocated"] == counted["cases"]
    assert list(counted) == [
        "cases", "distinct_ids", "located", "township_only", "unlocated", "batches",
        "callers", "unknown_callers", "incidents", "exact_duplicates", "repeated",
    ]  # fmt: skip
    window = ("--from", "2025-01-01", "--to", "2025-07-01")
    again = json.loads(suyuan(city_home, "analyse", *window, "--json").stdout)
    assert again["run"] == city_run.id
    assert again["seconds"] > 0


def test_importing_twice_changes_nothing(city_home: Path) -> None:
    file = str(city_home.parent / "cases.csv")
    ended = suyuan(city_home, "cases", "import", file, "--profile", "suyuan", "--json")
    report = json.loads(ended.stdout)
    assert (report["accepted"], report["updated"], report["rejected"]) == (0, 0, 0)
    assert report["unchanged"] == report["read"]
    names = {
        "read", "accepted", "updated", "unchanged", "rejected", "located", "township_only",
        "unlocated", "flags", "seconds", "batch", "file", "profile",
    }  # fmt: skip
    assert names <= set(report)


def test_an_import_with_rejected_rows_says_where_their_reasons_stand(tmp_path: Path) -> None:
    file = tmp_path / "cases.csv"
    file.write_text("case_id,received_at\nA1,yesterday\n", "utf-8")
    ended = suyuan(tmp_path / "home", "cases", "import", str(file), "--profile", "suyuan", "--json")
    assert json.loads(ended.stdout)["rejected"] == 1
    named = Path(ended.stderr.strip().split(": ", 1)[-1].split("：", 1)[-1])
    assert "yesterday" in named.read_text("utf-8")


def test_the_exported_page_holds_everything(
    city_home: Path, city_run: RunSummary, tmp_path: Path
) -> None:
    from app.assets import asset_path

    try:
        asset_path("leaflet.js")
    except FileNotFoundError as error:
        pytest.skip(str(error))
    page = tmp_path / "map.html"
    ended = suyuan(city_home, "export", "--run", city_run.id, "--html", str(page), "--json")
    assert ended.exit_code == 0, ended.output
    text = page.read_text("utf-8")
    assert not re.findall(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", text)
    assert not re.findall(r"""url\(\s*["']?(?:https?:)?//|@import""", text)
    assert json.dumps("中街道")[1:-1] in text


def test_an_export_that_cannot_be_written(city_home: Path, tmp_path: Path) -> None:
    ended = suyuan(city_home, "export", "--html", str(tmp_path / "no" / "folder" / "x.html"))
    assert ended.exit_code == 1


def test_a_home_with_own_data_gets_no_sample(city_home: Path) -> None:
    ended = suyuan(city_home, "demo", "--no-serve", "--json")
    assert json.loads(ended.stdout)["made"] is False
    assert not (city_home / "demo.json").exists()


def test_other_hosts_are_refused(tmp_path: Path) -> None:
    environment = {**os.environ, "SUYUAN_HOME": str(tmp_path), "SUYUAN_HOST": "0.0.0.0"}
    ended = subprocess.run(
        [sys.executable, "-m", "app.cli", "demo"],
        env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 1
    assert "loopback" in ended.stderr


def test_doctor_says_what_to_mend(tmp_path: Path) -> None:
    ended = suyuan(tmp_path / "home", "doctor", "--json")
    assert ended.exit_code == 1
    found = {each["name"]: each for each in json.loads(ended.stdout)}
    assert found["tables"]["ok"]
    assert "boundaries import" in found["boundaries"]["text"]


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "没有这个文件"),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "没有这个文件"),
        ({"LANG": "zh_CN.UTF-8", "SUYUAN_LANGUAGE": "en"}, "no such file"),
        ({"LANG": "de_DE.UTF-8"}, "no such file"),
        ({}, "no such file"),
    ],
)
def test_errors_speak_the_language_of_the_terminal(
    tmp_path: Path, environment: dict[str, str], told: str
) -> None:
    unset: dict[str, str | None] = dict.fromkeys(LANGUAGE_VARIABLES)
    ended = CliRunner().invoke(
        main,
        ("cases", "import", "nothing.csv", "--profile", "suyuan"),
        env={**unset, "SUYUAN_HOME": str(tmp_path / "home"), **environment},
    )
    assert ended.exit_code == 1
    assert told in ended.stderr
