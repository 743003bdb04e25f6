"""Recognising rows that are stored already is a shortcut: the store and the report are the same."""

from __future__ import annotations

import csv
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyarrow as pa
import pytest
import shapely
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from geodata import intake
from geodata.areas import import_boundaries
from geodata.coordinate_checks.decisions import decide
from geodata.home import Home
from geodata.intake import import_cases, relocate_cases
from geodata.locating import Area, locate
from geodata.profiles import load_profile
from geodata.store import CaseStore, recognising
from geodata.withdrawal import withdraw_batch
from tests.conftest import SLOW

NOW = datetime(2025, 6, 1, tzinfo=UTC)
ALWAYS = ("case_id", "received_at")
OTHERS = ("title", "address", "updated_at", "resolved", "reported_township", "lng", "lat")
PIN = (116.05, 39.05)


@dataclass(frozen=True)
class File:
    columns: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]
    zone: str | None = None
    values: bool = False

    def bring(self, home: Home, folder: Path, number: int) -> dict[str, Any]:
        path = folder / f"{number}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, self.columns, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(self.rows)
        profile = load_profile("suyuan", home.profiles)
        if self.values:
            words = (*profile.empty_words, "y")
            profile = profile.model_copy(update={"empty_words": words})
        now = NOW + timedelta(hours=number)
        report = import_cases(home, path, profile, now=now, zone=self.zone)
        rejects = report.rejects_path.read_text("utf-8-sig") if report.rejects_path else ""
        return {**report.to_json(), "seconds": 0, "rejects": rejects}


rows = st.fixed_dictionaries(
    {
        "case_id": st.sampled_from("abcdef"),
        "received_at": st.sampled_from(["2025-01-15 10:00:00", "2025-01-31 23:30:00", "bad"]),
        "title": st.sampled_from(["x", "y", ""]),
        "address": st.sampled_from(["长青路1号", ""]),
        "updated_at": st.sampled_from(["", "2025-02-01 00:00:00", "2025-03-01 00:00:00"]),
        "resolved": st.sampled_from(["是", "否", ""]),
        "reported_township": st.sampled_from(["东街道", "西镇", ""]),
        "lng": st.sampled_from(["116.05", "116.153217", "117", ""]),
        "lat": st.sampled_from(["39.05", "39.031234", ""]),
    }
)


@st.composite
def steps(draw) -> list[Any]:
    """Files, many of whose rows stood in one before, and what else happens to a store."""
    made: list[Any] = []
    told: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(2, 5))):
        fresh = draw(st.lists(rows, max_size=3))
        again = draw(st.lists(st.sampled_from(told), max_size=8)) if told else []
        columns = draw(st.one_of(st.just(set(OTHERS)), st.sets(st.sampled_from(OTHERS))))
        columns |= {"lng", "lat"} if columns & {"lng", "lat"} else set()
        ordered = (*ALWAYS, *(name for name in OTHERS if name in columns))
        chosen = tuple(draw(st.permutations([*fresh, *again]))) or (draw(rows),)
        zone = draw(st.sampled_from([None, None, None, "UTC"]))
        made.append(File(ordered, chosen, zone, draw(st.integers(0, 5)) == 5))
        told += fresh
        others = [
            "nothing",
            "nothing",
            "the same file",
            "withdraw",
            "boundaries",
            "relocate",
            "decide",
        ]
        made.append(draw(st.sampled_from(others)))
    return made


def draw_townships(home: Home, path: Path, middle: float) -> None:
    boxes = [shapely.box(116, 39, middle, 39.1), shapely.box(middle, 39, 116.2, 39.1)]
    columns = {"code": ["01", "02"], "name": ["东街道", "西镇"]}
    gpd.GeoDataFrame(columns, geometry=boxes, crs="EPSG:4326").to_file(path)
    import_boundaries(home, path, level="township", code_field="code", name_field="name")


def run(home: Home, folder: Path, steps: list[Any]) -> list[Any]:
    """Take the steps; return all reports, and after each step all that readers can see."""
    seen: list[Any] = []
    last: File | None = None
    for number, step in enumerate(steps):
        batches = sorted(CaseStore(home).log().batches)
        if isinstance(step, File) or (step == "the same file" and last is not None):
            last = step if isinstance(step, File) else last
            seen.append(last.bring(home, folder, number))
        elif step == "withdraw" and batches:
            report = withdraw_batch(home, batches[number % len(batches)]).to_json()
            seen.append({**report, "seconds": 0})
        elif step == "boundaries":
            draw_townships(home, folder / f"{number}.geojson", 116.02 + number / 100)
        elif step == "relocate":
            seen.append({**relocate_cases(home).to_json(), "seconds": 0})
        elif step == "decide":
            decide(home, *PIN, "default_point", NOW)
        seen.append(whole(home))
    return seen


def whole(home: Home) -> Any:
    store = CaseStore(home)
    log = store.log()
    cases = store.scan().sort("case_id").collect()
    history = store._history(log).rows().sort("case_id", "batch").collect()
    lives = [store.history_of(case_id) for case_id in cases["case_id"]]
    entries = [{k: v for k, v in entry.items() if k != "at"} for entry in log.entries]
    return cases.to_dicts(), history.to_dicts(), lives, entries


# To shrink a failure takes many minutes of imports.
@settings(
    max_examples=100 if SLOW else 8,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(steps=steps())
def test_a_shortcut_changes_nothing(tmp_path_factory: pytest.TempPathFactory, steps) -> None:
    folder = tmp_path_factory.mktemp("homes")
    seen = []
    for most_rows, most_months in ((recognising.MOST_ROWS, recognising.MOST_MONTHS), (0, 0)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(recognising, "MOST_ROWS", most_rows)
            patch.setattr(recognising, "MOST_MONTHS", most_months)
            home = Home.at(folder / f"home-{most_rows}")
            (home.path / "secret.key").write_bytes(b"k" * 32)
            draw_townships(home, folder / "towns.geojson", 116.1)
            seen.append(run(home, folder, steps))
    for with_shortcut, without in zip(*seen, strict=True):
        assert with_shortcut == without


def test_what_is_recognised_is_neither_placed_nor_staged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home.at(tmp_path / "home")
    rows = [
        {"case_id": str(n), "received_at": "2025-01-15 10:00:00", "title": "x", "lng": 116.05}
        for n in range(300)
    ]
    columns = ("case_id", "received_at", "title", "lng")
    File(columns, tuple(rows)).bring(home, tmp_path, 1)
    placed: list[int] = []

    def count(cases: pa.Table, area: Area, *, coded: bool = False) -> pa.Table:
        placed.append(len(cases))
        return locate(cases, area, coded=coded)

    monkeypatch.setattr(intake, "locate", count)
    changed = ({**rows[0], "title": "y"}, *rows[1:], {**rows[0], "case_id": "new"})
    report = File(columns, changed).bring(home, tmp_path, 2)
    assert (report["accepted"], report["updated"], report["unchanged"]) == (1, 1, 299)
    # The changed row is placed as it was read, and once more as the fold of what is known.
    assert sum(placed) == 3


def test_months_foreseen_in_vain_disturb_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home.at(tmp_path / "home")
    months = [f"{year}-{month:02d}" for year in (2023, 2024) for month in range(1, 13)]
    first = [
        {"case_id": f"{month}-{n}", "received_at": f"{month}-10 10:00:00", "title": "x"}
        for month in months
        for n in range(20)
    ]
    columns = ("case_id", "received_at", "title", "resolved")
    File(columns, tuple(first)).bring(home, tmp_path, 1)
    for name in ("prepare", "hashes_among"):
        quick = getattr(recognising.StoredMonth, name)

        def slow(*args: Any, quick: Any = quick) -> Any:
            time.sleep(0.2)
            return quick(*args)

        monkeypatch.setattr(recognising.StoredMonth, name, slow)
    # The first rows, which tell the months, are refused; those that count are of another month.
    refused = [{**row, "resolved": "banana"} for row in first[::3]]
    later = [{"case_id": f"n{n}", "received_at": "2025-05-01 10:00:00"} for n in range(50)]
    report = File(columns, (*refused, *later)).bring(home, tmp_path, 2)
    assert (report["accepted"], report["rejected"]) == (50, len(refused))
    assert CaseStore(home).count().cases == len(first) + 50
