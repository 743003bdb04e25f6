"""Reports of imports are kept with what they had to say, in both languages."""

from __future__ import annotations

from pathlib import Path

from app.cases.batches import get_batch, keep_report, notes_of
from geodata.coordinate_checks import SystemVerdict
from geodata.home import Home
from geodata.intake import ImportReport
from geodata.notes import Note


def test_notes_are_kept_in_both_languages(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    report = ImportReport(
        file="cases.xlsx",
        profile="suyuan",
        read=1,
        accepted=1,
        updated=0,
        unchanged=0,
        outdated=0,
        rejected=0,
        located=1,
        township_only=0,
        unlocated=0,
        flags={},
        seconds=0.1,
        batch="20260101T000000-abc",
        rejects_path=None,
        coordinate_system=SystemVerdict("WGS84", "cannot_tell"),
        notes=(Note("only sheet 'A' was read", "只读取了工作表“A”"),),
    )
    assert report.to_json()["notes"] == ["only sheet 'A' was read"]
    keep_report(home, report)
    kept = get_batch(home, report.batch)
    assert notes_of(kept, "en") == ["only sheet 'A' was read"]
    assert notes_of(kept, "zh_Hans") == ["只读取了工作表“A”"]
