"""Run, upsert, compact, clean with zero retention, rerun: the same bytes."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

from app.cases.uploads import import_file
from app.hotspots.analysis import analyse
from app.hotspots.pinned import pinned_versions
from geodata.areas import import_boundaries
from geodata.home import Home
from geodata.store import CaseStore
from tests.app.small_city import END, START, make_small_city, write_townships


def run_bytes(home: Home, run: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (home.runs / run).iterdir()}


def test_runs_can_be_made_again_after_a_clean_up(tmp_path: Path) -> None:
    make_small_city(tmp_path / "home")
    home = Home.at(tmp_path / "home")
    # A plain run: candidates are a table of packages above.
    shutil.rmtree(home.runs)
    home.runs.mkdir()
    run = analyse(home, start=START, end=END)
    before, version = run_bytes(home, run.id), run.record["case_store_version"]
    assert pinned_versions(home) == {version}
    _change_and_add(home, tmp_path)
    store = CaseStore(home)
    store.compact()
    report = store.clean(pinned_versions(home), 0)
    assert report.kept_versions == (version,)
    assert store.version > version
    shutil.rmtree(home.runs / run.id)
    again = analyse(home, start=START, end=END, case_version=version)
    assert again.id == run.id
    assert run_bytes(home, run.id) == before


def _change_and_add(home: Home, folder: Path) -> None:
    with (folder / "cases.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    title = header.index("title")
    for number, row in enumerate(rows[:300]):
        row[title] = f"changed {number}"
    changed = folder / "changed.csv"
    for part in (rows[:150], rows[150:300]):
        with changed.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *part])
        assert import_file(home, changed, "suyuan").updated == 150


def test_a_run_mends_cases_that_did_not_follow_the_boundaries(tmp_path: Path) -> None:
    """As if `suyuan boundaries import` had been killed before it located the cases anew."""
    make_small_city(tmp_path / "home")
    home = Home.at(tmp_path / "home")
    townships = write_townships(tmp_path / "renamed.geojson")
    text = townships.read_text("utf-8")
    codes = sorted(set(CaseStore(home).scan(columns=["township"]).collect()["township"]) - {None})
    townships.write_text(text.replace(f'"{codes[0]}"', '"renamed"'), "utf-8")
    import_boundaries(
        home, townships, level="township", code_field="code", name_field="name",
        population_field="population",
    )  # fmt: skip
    run = analyse(home, start=START, end=END)
    counts = CaseStore(home).scan(run.record["case_store_version"]).collect()["township"]
    assert "renamed" in set(counts)
    assert codes[0] not in set(counts)
