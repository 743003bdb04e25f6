"""Two periods compared, from the form and the command line to the page, on a small city."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient

from app.cases.uploads import import_file
from app.cli import main
from app.errors import InvalidParameter, NothingToAnalyse
from app.hotspots.comparing.forms import CompareArguments
from app.hotspots.comparing.making import STAGES, make_comparison
from app.hotspots.comparing.stored import StoredComparison, comparisons_folder, read_changes
from app.hotspots.comparing.windows import Window, Windows, usual_windows
from app.hotspots.pinned import pinned_versions
from app.services import services
from geodata.areas import import_boundaries
from geodata.home import Home
from geodata.store import CaseStore
from spatial.grid import cell_from_name, cell_name, cells_of_points, parents
from tests.app import small_city
from tests.people import first_client, make_app

JUNE = {"start": "2025-06-01", "end": "2025-07-01"}
MAY = {"with_start": "2025-05-01", "with_end": "2025-06-01"}
NEW_CASES = 60
"""Of June alone, at one quiet place."""
NEW_LNG, NEW_LAT = small_city.WEST + 2.5 * small_city.SIDE, small_city.SOUTH + 0.3 * small_city.SIDE


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A small city in which complaints at one place rose in June."""
    folder = tmp_path_factory.mktemp("compare")
    home = Home.at(folder / "home")
    import_boundaries(
        home,
        small_city.write_townships(folder / "townships.geojson"),
        level="township",
        code_field="code",
        name_field="name",
        population_field="population",
    )
    rows = pd.read_csv(small_city.write_cases(folder / "cases.csv"), dtype={"caller": str})
    risen = rows.head(NEW_CASES).assign(lng=NEW_LNG, lat=NEW_LAT, reported_township=None)
    risen["caller"] = [f"1980000{i:04d}" for i in range(NEW_CASES)]
    risen["case_id"] = [f"N{i:03d}" for i in range(len(risen))]
    risen["received_at"] = [f"2025-06-{1 + i % 30:02d} 10:00:00" for i in range(len(risen))]
    pd.concat([rows, risen]).to_csv(folder / "cases.csv", index=False)
    import_file(home, folder / "cases.csv", "suyuan")
    return home


@pytest.fixture(scope="module")
def made(home: Home) -> StoredComparison:
    return compare(home)


@pytest.fixture
def client(home: Home) -> FlaskClient:
    return first_client(make_app(home.path))


def compare(home: Home, **changed: Any) -> StoredComparison:
    return make_comparison(home, CompareArguments.read(**{**JUNE, **MAY, **changed}))


def rows_of(home: Home, made: StoredComparison, name: str) -> list[dict[str, Any]]:
    return read_changes(home, made.id, name).to_pylist()


def suyuan(home: Home, *arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, env={"SUYUAN_HOME": str(home.path)})


def test_counts_are_those_of_the_store(home: Home, made: StoredComparison) -> None:
    cases = CaseStore(home).scan().collect()
    for side, month, period in (("after", "2025-06", "this"), ("before", "2025-05", "with")):
        own = cases.filter(pl.col("received_local").dt.strftime("%Y-%m") == month)
        located = own.filter("located")
        cells = Counter(parents(located["cell"].to_numpy(), 9).tolist())
        told = {row["cell"]: row[side] for row in rows_of(home, made, "cells") if row[side]}
        assert told == cells
        kept = own.filter(pl.col("located") | pl.col("township_only"))
        of_townships = {row["code"]: row[side] for row in rows_of(home, made, "townships")}
        assert of_townships == Counter(kept["township"].to_list())
        counted = made.record["counts"][period]
        assert counted["all"] == own.height
        assert counted["located"] + counted["unlocated"] == counted["all"]
        assert made.record["city"][side] == counted["located"] == located.height


def test_the_place_that_rose_is_found_and_nothing_else(home: Home, made: StoredComparison) -> None:
    (area,) = made.record["areas"]
    hot = cells_of_points([NEW_LAT], [NEW_LNG], 9)[0]
    assert area["direction"] == "risen"
    assert area["townships"] == ["西镇"]
    rows = {row["cell"]: row for row in rows_of(home, made, "cells")}
    risen = [cell for cell, row in rows.items() if 2 <= row["level"] < 127]
    assert area["cells"] == len(risen) == made.record["risen_cells"]
    assert int(hot) in risen
    assert made.record["fallen_cells"] == 0
    strongest = rows[cell_from_name(area["strongest"])]
    assert (area["ratio"], area["q_value"]) == (strongest["ratio"], strongest["q_value"])
    assert strongest["low"] > 1
    assert min(row["q_value"] for row in rows.values() if row["q_value"]) == area["q_value"]


def test_neighbourhoods_add_up_and_expected_counts_follow_the_city(
    home: Home, made: StoredComparison
) -> None:
    city = made.record["city"]
    assert city["ratio"] == pytest.approx(city["after"] / 30 / (city["before"] / 31))
    share = city["after"] / (city["after"] + city["before"])
    for row in rows_of(home, made, "cells"):
        if row["level"] != 127:
            both = row["neighbourhood_before"] + row["neighbourhood_after"]
            assert row["expected"] == pytest.approx(share * both)
            assert row["neighbourhood_after"] >= row["after"]
        else:
            assert row["before"] == row["after"] == 0
            assert row["q_value"] is None


def test_the_same_comparison_is_the_same_bytes(home: Home, made: StoredComparison) -> None:
    folder = comparisons_folder(home) / made.id

    def digests() -> dict[str, str]:
        return {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in folder.iterdir()}

    before = digests()
    assert set(before) == {"comparison.json", "cells.parquet", "townships.parquet"}
    shutil.rmtree(folder)
    assert compare(home).id == made.id
    assert digests() == before
    assert compare(home, resolution=8).id != made.id
    assert {"code_version", "library_versions", "boundary_versions", "parameters"} <= set(
        made.record
    )


def test_later_cases_leave_it_and_its_version_is_pinned(
    home: Home, made: StoredComparison, tmp_path: Path
) -> None:
    copy = Home.at(shutil.copytree(home.path, tmp_path / "home"))
    rows = pd.read_csv(small_city.write_cases(tmp_path / "more.csv", seed=8))
    rows["case_id"] = "D" + rows["case_id"]
    rows.to_csv(tmp_path / "more.csv", index=False)
    import_file(copy, tmp_path / "more.csv", "suyuan")
    version = made.record["case_store_version"]
    assert version in pinned_versions(copy)
    shutil.rmtree(comparisons_folder(copy) / made.id)
    arguments = CompareArguments.read(**JUNE, **MAY)
    assert make_comparison(copy, arguments, case_version=version).record == made.record
    assert make_comparison(copy, arguments).id != made.id


@pytest.mark.parametrize("measure", ["callers", "incidents"])
def test_people_and_problems_can_be_compared_too(home: Home, measure: str) -> None:
    made = compare(home, measure=measure, classes=("噪声",))
    reports = compare(home, classes=("噪声",))
    assert 0 < made.record["city"]["after"] <= reports.record["city"]["after"]
    assert made.label.endswith("噪声")


def test_progress_names_every_stage(home: Home) -> None:
    told: list[tuple[int, int, str]] = []
    make_comparison(
        home,
        CompareArguments.read(**JUNE, **MAY, resolution=10),
        lambda *step: told.append(step),
    )
    assert [name for *_, name in told] == list(STAGES)


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"with_start": "2019-01-01", "with_end": "2019-02-01"}, NothingToAnalyse, "2019-01"),
        ({"classes": ("没有",)}, NothingToAnalyse, "no located case in 2025-05"),
        ({"with_end": "2025-06-02"}, InvalidParameter, "have days in common"),
        ({"end": "2025-06-01"}, InvalidParameter, "the window is empty"),
        ({"resolution": 12}, InvalidParameter, "resolution: 12 is not allowed"),
        ({"measure": "calls"}, InvalidParameter, "measure: 'calls' is not allowed"),
        ({"start": "soon"}, InvalidParameter, "start: 'soon' is not allowed"),
    ],
)
def test_what_cannot_be_compared_is_told(
    home: Home, changed: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as told:
        compare(home, **changed)
    assert words in told.value.english  # type: ignore[attr-defined]
    assert told.value.chinese  # type: ignore[attr-defined]


def test_usual_windows_are_whole_months_and_the_same_days(home: Home) -> None:
    june, may = (Window(date(2025, m, 1), date(2025, m + 1, 1)) for m in (6, 5))
    assert usual_windows(home) == {"month": Windows(june, may)}
    assert june.label == "2025-06"
    assert Window(date(2025, 6, 1), date(2025, 6, 11)).label == "2025-06-01 – 2025-06-10"


def test_the_command_prints_one_line_or_a_table(home: Home, made: StoredComparison) -> None:
    options = (
        "compare", "--from", "2025-06-01", "--to", "2025-07-01",
        "--with-from", "2025-05-01", "--with-to", "2025-06-01",
    )  # fmt: skip
    ended = suyuan(home, *options, "--json")
    assert ended.exit_code == 0, ended.output
    (line,) = ended.stdout.splitlines()
    told = json.loads(line)
    assert told["comparison"] == made.id
    assert told["areas"] == made.record["areas"]
    assert told["located"] + told["unlocated"] == told["all"]
    assert told["with"]["all"] == made.record["counts"]["with"]["all"]
    table = suyuan(home, *options).stdout
    assert "risen" in table
    assert "西镇" in table


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (("--from", "2025-06-01"), 2),
        (("--from", "x", "--to", "x", "--with-from", "x", "--with-to", "x"), 2),
        (
            ("--from", "2025-06-01", "--to", "2025-07-01", "--with-from", "2025-05-01",
             "--with-to", "2025-06-01"),
            1,
        ),
    ],
)  # fmt: skip
def test_the_command_on_an_empty_home(
    tmp_path: Path, arguments: tuple[str, ...], exit_code: int
) -> None:
    ended = suyuan(Home.at(tmp_path / "home"), "compare", *arguments)
    assert ended.exit_code == exit_code
    assert ended.stdout == ""
    assert "Traceback" not in ended.output


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh_Hans", ("连同相邻单元", "显著上升，不像是偶然", "倍（95% 区间")),
        ("en", ("With its neighbours", "a significant rise, hardly chance", "times (95% interval")),
    ],
)
def test_a_cell_says_what_changed(
    client: FlaskClient, home: Home, made: StoredComparison, language: str, words: tuple[str, ...]
) -> None:
    client.post("/language", data={"language": language})
    name = made.record["areas"][0]["strongest"]
    told = client.get(f"/hotspots/compare/{made.id}/cell/{name}").get_json()
    for each in words:
        assert each in told["sentence"]
    row = next(r for r in rows_of(home, made, "cells") if r["cell"] == cell_from_name(name))
    assert f"{row['expected']:,.1f}" in told["sentence"]
    assert f"{row['ratio']:.2f}" in told["sentence"]
    assert told["numbers"][0]["value"] == row["after"]
    assert told["township"] == {"code": "T3", "name": "西镇"}


def test_ordinary_new_and_empty_cells_have_their_own_words(
    client: FlaskClient, home: Home, made: StoredComparison
) -> None:
    rows = rows_of(home, made, "cells")

    def sentence(row: dict[str, Any]) -> str:
        name = cell_name(row["cell"])
        return str(client.get(f"/hotspots/compare/{made.id}/cell/{name}").get_json()["sentence"])

    plain = next(r for r in rows if r["level"] == 0 and r["neighbourhood_before"])
    assert "与随机波动无法区分" in sentence(plain)
    empty = next((r for r in rows if r["level"] == 127), None)
    assert empty is None or "无从比较" in sentence(empty)
    new = next(r for r in rows if r["neighbourhood_before"] == 0 and r["neighbourhood_after"])
    assert "对比期为 0" in sentence(new)
    told = client.get(f"/hotspots/compare/{made.id}/cell/{cell_name(new['cell'])}").get_json()
    assert told["ratio"] is None


@pytest.mark.parametrize("language", ["zh_Hans", "en"])
def test_the_page_shows_areas_townships_and_how(
    client: FlaskClient, made: StoredComparison, language: str
) -> None:
    client.post("/language", data={"language": language})
    page = client.get(f"/hotspots/compare/{made.id}")
    assert page.status_code == 200
    for words in (
        made.record["areas"][0]["strongest"],
        *small_city.NAMES,
        made.id,
        "comparison-config",
    ):
        assert words in page.text
    assert made.id in client.get("/hotspots/compare").text


def test_the_map_reads_cells_and_breaks(client: FlaskClient, home: Home, made) -> None:
    base = f"/hotspots/compare/{made.id}"
    meta = client.get(f"{base}/meta.json").get_json()
    assert meta["labels"] == {"this": "2025-06", "with": "2025-05"}
    assert meta["breaks"] == sorted(set(meta["breaks"]))
    answer = client.get(f"{base}/cells.bin")
    length = int.from_bytes(answer.data[:4], "little")
    header = json.loads(answer.data[4 : 4 + length])
    rows = rows_of(home, made, "cells")
    assert header["n"] == len(rows)
    start = -(-(4 + length) // 8) * 8
    for name, dtype in (("after", "<u2"), ("before", "<u2"), ("level", "<i1")):
        column = next(each for each in header["columns"] if each["name"] == name)
        found = np.frombuffer(answer.data, dtype, column["length"], start + column["offset"])
        assert found.tolist() == [row[name] for row in rows]
    again = client.get(f"{base}/cells.bin", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    outlines = client.get(f"{base}/townships.geojson").get_json()
    assert [each["properties"]["name"] for each in outlines["features"]] == list(small_city.NAMES)


def test_wrong_addresses_are_told(client: FlaskClient, made: StoredComparison) -> None:
    none = "0123456789abcdef"
    for path, status in (
        (f"/hotspots/compare/{none}", 404),
        ("/hotspots/compare/..", 404),
        (f"/hotspots/compare/{none}/meta.json", 404),
        (f"/hotspots/compare/{none}/cells.bin", 404),
        (f"/hotspots/compare/{none}/townships.geojson", 404),
        (f"/hotspots/compare/{made.id}/cell/zzz", 404),
        (f"/hotspots/compare/{made.id}/cell/8830000001fffff", 404),
        ("/hotspots/compare?start=soon", 400),
    ):
        answer = client.get(path)
        assert answer.status_code == status, path
        assert "Traceback" not in answer.text
    told = client.get(f"/hotspots/compare/{made.id}/cell/zzz")
    assert "zzz" in told.get_json()["error"]


def test_from_the_form_to_the_page(client: FlaskClient) -> None:
    answer = client.post(
        "/hotspots/compare",
        data={**JUNE, **MAY, "resolution": "8", "classes": ["噪声"], "measure": "callers"},
    )
    assert answer.status_code == 302
    job = services(client.application).jobs.get(answer.headers["Location"].split("/")[2])
    assert job.state == "done", job.message
    assert client.get(answer.headers["Location"]).status_code == 200
    assert client.get(job.result_url or "").status_code == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"with_end": "2025-06-15"},
        {"end": "2025-05-15"},
        {"start": ""},
        {"classes": ["没有"]},
        {"resolution": "3"},
        {"measure": "calls"},
    ],
)
def test_a_wrong_form_is_shown_again(client: FlaskClient, changed: dict[str, Any]) -> None:
    form = {**JUNE, **MAY, "resolution": "9", "measure": "reports", **changed}
    assert client.post("/hotspots/compare", data=form).status_code == 422


def test_a_link_fills_the_form(client: FlaskClient) -> None:
    page = client.get("/hotspots/compare?start=2025-03-01&end=2025-04-01&with_start=2025-01-01")
    assert 'value="2025-03-01"' in page.text
    assert 'value="2025-06-01"' not in page.text


def test_a_comparison_that_cannot_be_made_ends_its_job(empty_app: Flask) -> None:
    client = first_client(empty_app)
    form = {**JUNE, **MAY, "resolution": "9", "measure": "reports"}
    answer = client.post("/hotspots/compare", data=form)
    job = services(empty_app).jobs.get(answer.headers["Location"].split("/")[2])
    assert job.state == "failed"
    assert "boundaries" in job.message
