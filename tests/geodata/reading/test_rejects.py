"""Rejects: masked, cut, harmless in a spreadsheet, gone after thirty days."""

import csv
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

from geodata.home import Home
from geodata.reading.rejects import (
    KEEP_DAYS,
    REJECT_SCHEMA,
    RULES,
    VALUE_LENGTH,
    RejectWriter,
    build_rejects,
    delete_expired,
    write_rejects,
)

NOW = datetime(2025, 3, 19, 12, tzinfo=UTC)


def test_values_are_masked_before_they_are_cut() -> None:
    text = "路" * (VALUE_LENGTH - 5) + "13812345678"
    table = build_rejects([2], ["A1"], ["title"], [text], ["field_too_long"])
    shown = table["value"][0].as_py()
    assert len(shown) <= VALUE_LENGTH
    assert "123" not in shown


def test_a_callers_number_is_never_shown() -> None:
    table = build_rejects([2], ["A1"], ["caller"], ["13812345678"], ["field_too_long"])
    assert table["value"][0].as_py() == "***"


def test_reasons_speak_of_the_files_own_header_in_both_languages() -> None:
    table = build_rejects(
        [2, 3], ["A1", None], ["received_at", None], ["x", "a,b"],
        ["unreadable_date", "ragged_row"],
        headers={"received_at": "来电时间"},
    )  # fmt: skip
    assert table.schema == REJECT_SCHEMA
    assert table["reason_zh"].to_pylist() == ["来电时间：不是可读的时间", "列数与表头不符"]
    assert table["reason_en"][0].as_py() == "来电时间: not a readable date and time"


def test_every_rule_says_something_in_both_languages() -> None:
    assert all(chinese and english for chinese, english in RULES.values())


def test_a_spreadsheet_runs_nothing_and_reads_chinese(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    dangerous = ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\t=1", "路灯"]
    table = build_rejects(list(range(6)), dangerous, ["title"] * 6, dangerous, ["unknown_word"] * 6)
    assert write_rejects(path, [table, table]) == 12
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12
    assert [row["value"][0] for row in rows[:6]] == ["'"] * 5 + ["路"]
    assert [row["case_id"][0] for row in rows[:6]] == ["'"] * 5 + ["路"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_without_rejects_there_is_no_file(tmp_path: Path) -> None:
    with RejectWriter(tmp_path / "none.csv") as writer:
        writer.write(REJECT_SCHEMA.empty_table())
    assert writer.rows == 0
    assert not writer.path.exists()


def test_rejects_go_after_thirty_days(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    for name, days in (("old.csv", KEEP_DAYS + 1), ("young.csv", KEEP_DAYS - 1)):
        path = home.rejects / name
        path.write_text("x", encoding="utf-8")
        moment = (NOW - timedelta(days=days)).timestamp()
        os.utime(path, (moment, moment))
    assert delete_expired(home, NOW) == 1
    assert [path.name for path in home.rejects.iterdir()] == ["young.csv"]
