"""Imports: counts that add up, files refused whole, kills and races that leave no half."""

from __future__ import annotations

import csv
import json
import multiprocessing
import os
import signal
import time
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
import xlsxwriter

from geodata import intake
from geodata.areas.boundaries import import_boundaries
from geodata.coordinate_checks import known_default_points
from geodata.errors import MissingColumn, UnknownCrs, UnknownProfile, UnreadableFile
from geodata.home import Home
from geodata.intake import ImportReport, Progress, import_cases, relocate_cases
from geodata.schema import FLAGS
from geodata.store import CaseStore

NOW = datetime(2025, 6, 1, tzinfo=UTC)
HEADER = ["case_id", "received_at", "class_1", "title", "address", "reported_township",
          "updated_at", "lng", "lat"]  # fmt: skip

GOOD = b"case_id,received_at\n1,2025-01-01\n"


def row(case_id: str, received: str = "2025-01-15 10:00:00", **values: object) -> list[object]:
    filled = {
        "case_id": case_id,
        "received_at": received,
        "class_1": "市容",
        "lng": 116.05,
        "lat": 39.05,
    }
    return [(filled | values).get(name, "") for name in HEADER]


def write(path: Path, *rows: list[object]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return path


def bring(home: Home, path: Path, profile: str = "suyuan", **options) -> ImportReport:
    return import_cases(home, path, profile, now=NOW, **options)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path / "home")


def draw_townships(home: Home, path: Path) -> None:
    boxes = [shapely.box(116, 39, 116.1, 39.1), shapely.box(116.1, 39, 116.2, 39.1)]
    columns = {"code": ["01", "02"], "name": ["东街道", "西镇"]}
    gpd.GeoDataFrame(columns, geometry=boxes, crs="EPSG:4326").to_file(path)
    import_boundaries(home, path, level="township", code_field="code", name_field="name")


def check_balance(report: ImportReport) -> None:
    stored = report.accepted + report.updated + report.unchanged
    stored += report.outdated
    assert report.read == stored + report.rejected
    assert report.located + report.unlocated == stored
    assert report.township_only <= report.unlocated
    assert sum(report.flags.values()) == report.unlocated


def test_boston(home: Home, shared_data: Path) -> None:
    import_boundaries(
        home, shared_data / "boston_neighborhoods.geojson", level="township",
        code_field="neighborhood", name_field="neighborhood",
    )  # fmt: skip
    file = shared_data / "boston_311_2011H2.parquet"
    report = bring(home, file, "boston311")
    assert report.read == report.accepted + report.rejected == 58_251
    assert report.flags["default_point"] == 4_775
    check_balance(report)
    again = bring(home, file, "boston311")
    assert (again.accepted, again.updated, again.unchanged) == (0, 0, report.accepted)
    assert CaseStore(home).version == 0
    frame = CaseStore(home).scan().collect()
    assert frame.filter(located=True)["cell"].null_count() == 0
    assert frame.filter(located=False)["cell"].null_count() == 4_775
    assert known_default_points(home)[0].cases == 4_775


def test_chicago(home: Home, shared_data: Path) -> None:
    import_boundaries(
        home, shared_data / "chicago_community_areas.geojson", level="township",
        code_field="NID", name_field="community",
    )  # fmt: skip
    report = bring(home, shared_data / "chicago_sanitation_2011_2013.parquet", "chicago311")
    check_balance(report)
    assert (report.read, report.rejected, report.accepted) == (55_343, 176, 55_167)
    assert report.flags == dict.fromkeys(FLAGS, 0) | {"no_coordinates": 24}
    with report.rejects_path.open(encoding="utf-8-sig", newline="") as file:
        assert {line["rule"] for line in csv.DictReader(file)} == {"superseded"}
    cases = CaseStore(home).scan(columns=["case_id", "month"]).collect()
    assert cases["case_id"].n_unique() == 55_167
    # 184 rows lie before 2011; none of them is a repeated id.
    assert cases.filter(cases["month"] < "2011").height == 184


def test_baltimore_whole_degrees(home: Home, shared_data: Path) -> None:
    """Rounded coordinates are flagged in a file that no shipped profile fits."""
    profile = home.path / "baltimore.yaml"
    profile.write_text(
        "name: baltimore\ntitle: {zh: 巴尔的摩, en: Baltimore}\nzone: America/New_York\n"
        "crs: WGS84\ndate_order: mdy\ncolumns:\n  case_id: [SRRecordID]\n"
        "  received_at: [CreatedDate]\n  class_1: [SRType]\n  address: [Address]\n"
        "  source_lng: [Longitude]\n  source_lat: [Latitude]\n"
    )
    report = bring(home, shared_data / "baltimore_311_sample.csv", str(profile))
    check_balance(report)
    assert report.read == 10_000
    assert (report.flags["whole_degree"], report.flags["no_coordinates"]) == (892, 590)


def test_counts_flags_and_json(home: Home, tmp_path: Path) -> None:
    draw_townships(home, tmp_path / "towns.geojson")
    path = write(
        tmp_path / "cases.csv",
        row("in"),
        row("bare", lng="", lat=""),
        row("named", lng="", lat="", reported_township="西 镇"),
        row("zero", lng=0, lat=0),
        row("whole", lng=116, lat=39),
        row("swapped", lng=39.05, lat=116.05),
        row("outside", lng=117.5, lat=39.05),
        row("words", lng="somewhere", lat=39.05),
        row("undated", received="soon"),
        row("future", received="2030-01-01 00:00:00"),
    )
    report = bring(home, path)
    check_balance(report)
    assert (report.read, report.accepted, report.rejected) == (10, 7, 3)
    assert (report.located, report.township_only, report.unlocated) == (1, 1, 6)
    assert report.flags == dict.fromkeys(FLAGS, 1) | {
            "no_coordinates": 2, "default_point": 0, "area_centre": 0, "coarse": 0,
        }  # fmt: skip
    line = json.loads(json.dumps(report.to_json()))
    assert {"file", "profile", "read", "accepted", "updated", "unchanged", "rejected", "located",
            "township_only", "unlocated", "flags", "seconds", "batch"} <= line.keys()  # fmt: skip
    assert line["file"] == "cases.csv"
    with report.rejects_path.open(encoding="utf-8-sig", newline="") as file:
        assert {line["case_id"] for line in csv.DictReader(file)} == {"words", "undated", "future"}


def test_newest_row_of_an_id_stays(home: Home, tmp_path: Path) -> None:
    path = write(
        tmp_path / "cases.csv",
        row("a", title="newest", updated_at="2025-03-01 00:00:00"),
        row("a", title="older", updated_at="2025-02-01 00:00:00"),
        row("b", title="earlier row"),
        row("b", title="later row"),
        row("c"),
    )
    report = bring(home, path)
    check_balance(report)
    assert (report.accepted, report.rejected) == (3, 2)
    titles = dict(CaseStore(home).scan(columns=["case_id", "title"]).collect().rows())
    assert (titles["a"], titles["b"]) == ("newest", "later row")
    with report.rejects_path.open(encoding="utf-8-sig", newline="") as file:
        lines = [(line["source_row"], line["rule"]) for line in csv.DictReader(file)]
    assert lines == [("3", "superseded"), ("4", "superseded")]


@pytest.mark.parametrize("repeated", [True, False])
def test_only_rows_that_stay_show_false_coordinates(
    home: Home, tmp_path: Path, repeated: bool
) -> None:
    """Rows at one coordinate show a default point, unless newer rows of their cases correct it."""
    wrong = [
        row(f"p{i}", address=a, lng=116.5, lat=39.5, updated_at="2025-02-01 00:00:00")
        for i, a in enumerate(streets(40))
    ]
    right = [
        row(f"p{i}", address=a, lng=116 + i / 999, updated_at="2025-03-01 00:00:00")
        for i, a in enumerate(streets(40))
    ]
    others = [row(f"s{i}", address=a, lat=39 + i / 999) for i, a in enumerate(streets(60))]
    report = bring(home, write(tmp_path / "a.csv", *wrong, *(right if repeated else []), *others))
    assert report.rejected == (40 if repeated else 0)
    assert report.flags["default_point"] == (0 if repeated else 40)
    assert len(known_default_points(home)) == (0 if repeated else 1)
    check_balance(report)


@pytest.mark.parametrize("part", ["look_at_batch", "digest_of", "repeated_ids"])
def test_an_import_that_fails_in_a_thread_leaves_nothing(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(part)

    path = write(tmp_path / "a.csv", row("a"), row("a"), row("b"), row("undated", received="soon"))
    with monkeypatch.context() as patch:
        patch.setattr(intake, part, fail)
        with pytest.raises(RuntimeError, match=part):
            bring(home, path)
    assert CaseStore(home).version is None
    assert list(home.rejects.iterdir()) == []
    assert list(home.staging.iterdir()) == []
    assert bring(home, path).accepted == 2


def test_sheets_imported_in_the_same_second_keep_their_rejects(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        for name in ("一", "二"):
            sheet = workbook.add_worksheet(name)
            sheet.write_row(0, 0, ["case_id", "received_at"])
            sheet.write_row(1, 0, [f"A{name}", "改日"])
    reports = [bring(home, path, sheet=name) for name in ("一", "二", "一")]
    assert len({report.batch for report in reports}) == 3
    for report, name in zip(reports, "一二一", strict=True):
        assert f"A{name}" in report.rejects_path.read_text(encoding="utf-8-sig")


def test_changed_rows_update_their_cases(home: Home, tmp_path: Path) -> None:
    bring(home, write(tmp_path / "one.csv", row("a"), row("b"), row("c", "2025-03-01 00:00:00")))
    changed = write(tmp_path / "two.csv", row("a"), row("b", title="办结"), row("d"))
    report = bring(home, changed)
    assert (report.accepted, report.updated, report.unchanged) == (1, 1, 1)
    assert CaseStore(home).count().cases == 4
    assert CaseStore(home).version == 1


@pytest.mark.parametrize(
    ("name", "content", "profile", "options", "error"),
    [
        ("words.csv", b"hello world", "suyuan", {}, (MissingColumn, UnreadableFile)),
        ("empty.csv", b"", "suyuan", {}, UnreadableFile),
        ("zip.xlsx", b"PK\x03\x04junk", "suyuan", {}, UnreadableFile),
        ("late.csv", GOOD * 9 + b"2,\xff\xfe\xff\n", "suyuan", {}, UnreadableFile),
        ("good.csv", GOOD, "nobody", {}, UnknownProfile),
        ("good.csv", GOOD, "suyuan", {"crs": "mars"}, UnknownCrs),
        ("half.csv", b"case_id,title\n1,x\n", "suyuan", {}, MissingColumn),
    ],
)  # fmt: skip
def test_refused_files_leave_everything_as_it_was(
    home: Home, tmp_path: Path, name, content, profile, options, error
) -> None:
    bring(home, write(tmp_path / "first.csv", row("a"), row("undated", received="soon")))
    rejects = sorted(home.rejects.iterdir())
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(error) as refused:
        bring(home, path, profile, **options)
    assert "\n" not in str(refused.value)
    assert CaseStore(home).version == 0
    assert sorted(home.rejects.iterdir()) == rejects
    assert list(home.staging.iterdir()) == []


def test_same_files_give_the_same_store(tmp_path: Path) -> None:
    path = write(tmp_path / "cases.csv", *[row(str(i), lng=116 + i / 999) for i in range(500)])
    frames = []
    for name in ("one", "two"):
        home = Home.at(tmp_path / name)
        (home.path / "secret.key").write_bytes(b"k" * 32)
        bring(home, path)
        frames.append(CaseStore(home).scan().collect().sort("case_id"))
    assert frames[0].equals(frames[1])


def streets(n: int) -> list[str]:
    return [f"{chr(97 + i % 26)}{chr(97 + i // 26)}ville road" for i in range(n)]


def test_default_points_reach_small_and_earlier_files(home: Home, tmp_path: Path) -> None:
    pin = {"lng": 116.5, "lat": 39.5}
    bring(home, write(tmp_path / "early.csv", row("early", **pin), row("other")))
    assert CaseStore(home).count().located == 2
    spread = [row(f"s{i}", address=a, lng=116 + i / 999) for i, a in enumerate(streets(60))]
    pinned = [row(f"p{i}", address=a, **pin) for i, a in enumerate(streets(40))]
    report = bring(home, write(tmp_path / "big.csv", *spread, *pinned))
    assert report.flags["default_point"] == 40
    (note,) = report.notes
    assert note.english == (
        "1 earlier cases lie at default points or area centres found now and left the map"
    )
    assert report.to_json("zh")["notes"] == [note.chinese]
    assert "1 件" in note.chinese
    assert CaseStore(home).count().unlocated == 41
    late = bring(home, write(tmp_path / "late.csv", row("late", **pin)))
    assert (late.flags["default_point"], late.notes) == (1, ())


def test_new_boundaries_locate_stored_cases_anew(home: Home, tmp_path: Path) -> None:
    far, named = row("far", lng=120.5), row("named", lng="", lat="", reported_township="西镇")
    bring(home, write(tmp_path / "cases.csv", row("in"), far, named))
    assert CaseStore(home).count().located == 2
    draw_townships(home, tmp_path / "towns.geojson")
    report = relocate_cases(home)
    assert (report.changed, report.located, report.township_only) == (3, 1, 1)
    assert relocate_cases(home).changed == 0
    stored = dict(CaseStore(home).scan(columns=["case_id", "township"]).collect().rows())
    assert stored == {"in": "01", "far": None, "named": "02"}
    again = bring(home, tmp_path / "cases.csv")
    assert again.unchanged == 3


def test_relocating_nothing(home: Home) -> None:
    assert relocate_cases(home).changed == 0
    assert CaseStore(home).version is None


def test_progress_is_told(home: Home, tmp_path: Path) -> None:
    told: list[Progress] = []
    bring(home, write(tmp_path / "cases.csv", row("a")), progress=told.append)
    assert [step.stage for step in told] == ["reading", "locating", "storing", "storing"]
    assert told[-1].rows == 1


def test_killed_imports_leave_no_half(home: Home, tmp_path: Path) -> None:
    path = write(tmp_path / "cases.csv", *[row(str(i), lng=116 + i / 99999) for i in range(20_000)])
    context = multiprocessing.get_context("spawn")
    for stage in ("reading", "locating", "storing"):
        reached = context.Event()
        victim = context.Process(target=_import_until, args=(home.path, path, stage, reached))
        victim.start()
        assert reached.wait(60)
        os.kill(victim.pid, signal.SIGKILL)
        victim.join()
        assert CaseStore(home).count().cases in (0, 20_000)
    report = bring(home, path)
    assert report.accepted + report.unchanged == 20_000
    assert CaseStore(home).count().distinct_ids == 20_000
    assert list(home.staging.iterdir()) == []


def _import_until(home: Path, path: Path, stage: str, reached) -> None:
    def tell(progress: Progress) -> None:
        if progress.stage == stage:
            reached.set()
            time.sleep(600)

    import_cases(Home.at(home), path, "suyuan", now=NOW, progress=tell)


def test_two_imports_at_once_both_land(home: Home, tmp_path: Path) -> None:
    paths = [
        write(tmp_path / f"{name}.csv", *[row(f"{name}{i}") for i in range(2_000)]) for name in "ab"
    ]
    context = multiprocessing.get_context("spawn")
    racers = [context.Process(target=_import, args=(home.path, path)) for path in paths]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(120)
    assert [racer.exitcode for racer in racers] == [0, 0]
    counts = CaseStore(home).count()
    assert (counts.cases, counts.batches) == (4_000, 2)


def _import(home: Path, path: Path) -> None:
    import_cases(Home.at(home), path, "suyuan", now=NOW)


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Shanghai"])
@pytest.mark.parametrize("time", ["+262142-12-31 23:59:59", "-262143-01-01 00:00:00"])
def test_a_year_of_no_calendar_is_one_reject(tmp_path: Path, time: str, zone: str) -> None:
    path = tmp_path / "odd.csv"
    path.write_text(f"case_id,received_at\nA1,{time}\nA2,2025-01-01 10:00:00\n", "utf-8")
    home = Home.at(tmp_path / "home")
    report = import_cases(home, path, "suyuan", now=datetime(2025, 6, 1, tzinfo=UTC), zone=zone)
    assert (report.accepted, report.rejected) == (1, 1)
