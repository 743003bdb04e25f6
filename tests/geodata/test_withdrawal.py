"""Files imported and withdrawn through the front door, and boundaries that cases must follow."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from geodata.coordinate_checks import known_default_points
from geodata.errors import NotFound
from geodata.home import Home
from geodata.intake import import_cases
from geodata.relocation import follow_boundaries, follows_boundaries, relocate_cases
from geodata.store import CaseStore
from geodata.withdrawal import explain_batch, withdraw_batch
from tests.geodata.test_intake import NOW, bring, draw_townships, row, streets, write

PIN = {"lng": 116.05, "lat": 39.05}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path / "home")


def rows_of(home: Home) -> list[dict]:
    return CaseStore(home).scan().collect().sort("case_id").to_dicts()


def test_a_withdrawn_file_takes_its_default_points_along(home: Home, tmp_path: Path) -> None:
    """What it alone showed of nowhere is somewhere again."""
    early = write(tmp_path / "early.csv", row("early", **PIN), row("other"))
    bring(home, early)
    spread = [row(f"s{i}", address=a, lng=116 + i / 999) for i, a in enumerate(streets(60))]
    pinned = [row(f"p{i}", address=a, **PIN) for i, a in enumerate(streets(40))]
    big = bring(home, write(tmp_path / "big.csv", *spread, *pinned))
    assert known_default_points(home)
    assert not CaseStore(home).scan().filter(case_id="early").collect()["located"][0]
    done = withdraw_batch(home, big.batch)
    assert (done.removed, done.reverted, done.kept) == (100, 0, 0)
    assert known_default_points(home) == ()
    other = Home.at(tmp_path / "other")
    import_cases(other, early, "suyuan", now=NOW)
    assert rows_of(home) == rows_of(other)


def test_points_that_the_whole_store_showed_are_looked_for_again(
    home: Home, tmp_path: Path
) -> None:
    spread = [row(f"s{i}", address=a, lng=116 + i / 999) for i, a in enumerate(streets(60))]
    pinned = [row(f"p{i}", address=a, **PIN) for i, a in enumerate(streets(40))]
    bring(home, write(tmp_path / "one.csv", *spread, *pinned[:20]))
    half = bring(home, write(tmp_path / "two.csv", *pinned[20:]))
    assert known_default_points(home) == ()
    relocate_cases(home)
    assert CaseStore(home).count().unlocated == 40
    withdraw_batch(home, half.batch)
    assert known_default_points(home) == ()
    assert CaseStore(home).count().unlocated == 0


def test_any_files_in_any_order_some_withdrawn(tmp_path: Path) -> None:
    """The front door gives what the store promises: columns from headers, places from folds."""
    rng = random.Random(1)
    files = []
    for number in range(4):
        rows = [
            row(i, updated_at=f"2025-03-{1 + number:02d} 0{rng.randrange(9)}:00:00",
                title=rng.choice("xyz"), lng=rng.choice([116.05, 116.15, "", 0]))
            for i in rng.sample("abcdefgh", 5)
        ]  # fmt: skip
        files.append(write(tmp_path / f"{number}.csv", *rows))
    header, *lines = files[3].read_text("utf-8").splitlines()
    keep = [header.split(",").index(n) for n in ("case_id", "received_at", "title", "updated_at")]
    narrow = [",".join(line.split(",")[i] for i in keep) for line in (header, *lines)]
    files[3].write_text("\n".join(narrow) + "\n", "utf-8")
    frames = []
    for trial in range(3):
        home = Home.at(tmp_path / f"home{trial}")
        draw_townships(home, tmp_path / f"towns{trial}.geojson")
        order = rng.sample(files, 4)
        batches = {path.name: bring(home, path).batch for path in order}
        withdraw_batch(home, batches["2.csv"])
        frames.append([{**r, "batch": None} for r in rows_of(home)])
    never = Home.at(tmp_path / "never")
    draw_townships(never, tmp_path / "towns.geojson")
    for path in (files[0], files[1], files[3]):
        bring(never, path)
    expected = [{**r, "batch": None} for r in rows_of(never)]
    assert frames == [expected] * 3
    assert {r["township"] for r in expected} > {"01"}


def test_a_batch_is_explained(home: Home, tmp_path: Path) -> None:
    first = bring(home, write(tmp_path / "one.csv", row("a"), row("b", "2025-03-01 00:00:00")))
    bring(home, write(tmp_path / "two.csv", row("a", title="办结")))
    told = explain_batch(home, first.batch)
    assert (told.facts["accepted"], told.facts["months"]) == (2, ["2025-01", "2025-03"])
    assert told.current == 1
    assert (told.withdrawal.removed, told.withdrawal.kept) == (1, 1)
    with pytest.raises(NotFound):
        explain_batch(home, "none")


def test_a_withdrawn_file_can_come_again(home: Home, tmp_path: Path) -> None:
    file = write(tmp_path / "one.csv", row("a"), row("b"))
    first = bring(home, file)
    withdraw_batch(home, first.batch)
    again = bring(home, file)
    assert again.accepted == 2
    assert again.batch != first.batch
    assert CaseStore(home).count().cases == 2


def test_cases_follow_boundaries_whose_import_was_killed(home: Home, tmp_path: Path) -> None:
    """Boundaries are imported, the process dies, cases are still located without them."""
    bring(home, write(tmp_path / "one.csv", row("in"), row("far", lng=120.5)))
    assert follows_boundaries(home)
    draw_townships(home, tmp_path / "towns.geojson")
    assert not follows_boundaries(home)
    follow_boundaries(home)
    townships = dict(CaseStore(home).scan(columns=["case_id", "township"]).collect().rows())
    assert townships == {"in": "01", "far": None}
    assert follows_boundaries(home)
    version = CaseStore(home).version
    follow_boundaries(home)
    assert CaseStore(home).version == version


def test_an_import_makes_stored_cases_follow(home: Home, tmp_path: Path) -> None:
    bring(home, write(tmp_path / "one.csv", row("in")))
    draw_townships(home, tmp_path / "towns.geojson")
    bring(home, write(tmp_path / "two.csv", row("new")))
    townships = dict(CaseStore(home).scan(columns=["case_id", "township"]).collect().rows())
    assert townships == {"in": "01", "new": "01"}
    assert follows_boundaries(home)
