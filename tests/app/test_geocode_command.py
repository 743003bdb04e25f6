"""`suyuan geocode`: a table in, the same rows with places out."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main
from geodata.geocoding import Gazetteer, Geocoder, geocode_table
from tests.geodata.geocoding.fake_nominatim import FakeNominatim, fake_nominatim, options_of

ROWS = [
    ["1", "翠柏路2号", "=1+1"], ["2", "", "x"], ["3", "清溪小区（北门）", "y"],
    ["4", "不清楚", "z"],
]  # fmt: skip


@pytest.fixture(scope="module")
def geocoder() -> Geocoder:
    return Geocoder(
        Gazetteer.of(
            ["翠柏路2号", "清溪小区"], [100.0, 100.1], [30.0, 30.1], place=["c2", "qx"],
            township=["东河街道", "西河镇"],
        )
    )  # fmt: skip


def write(path: Path, header: list[str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *ROWS])
    return path


def test_rows_and_columns_stay(tmp_path: Path, geocoder: Geocoder) -> None:
    source = write(tmp_path / "in.csv", ["编号", "地址", "score"])
    done = geocode_table(geocoder, source, tmp_path / "out.csv", address_field="地址")
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["编号"] for row in rows] == ["1", "2", "3", "4"]
    assert rows[0]["score"] == "'=1+1"
    assert float(rows[0]["geocoded_score"]) > 0.8
    assert [row["place"] for row in rows] == ["c2", "", "qx", ""]
    assert (rows[0]["lng"], rows[0]["lat"]) == ("100.000000", "30.000000")
    assert (rows[1]["lng"], rows[1]["level"]) == ("", "")
    assert (done.rows, done.accepted, done.unplaced) == (4, 2, 2)


def test_a_missing_column_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUYUAN_HOME", str(tmp_path / "home"))
    source = write(tmp_path / "in.csv", ["编号", "地址", "备注"])
    arguments = [
        "geocode",
        str(source),
        "--address-field",
        "地址",
        "--out",
        str(tmp_path / "o.csv"),
    ]
    ended = CliRunner().invoke(main, arguments)
    assert ended.exit_code == 1
    assert "places import" in ended.output
    assert CliRunner().invoke(main, ["geocode", str(source)]).exit_code == 2


# ---- the online geocoder


@pytest.fixture
def online_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeNominatim]:
    """A home that may ask a Nominatim of this machine."""
    monkeypatch.setenv("SUYUAN_HOME", str(tmp_path / "home"))
    with fake_nominatim() as server:
        pairs = [f"--set={name}={value}" for name, value in options_of(server).items()]
        arguments = ["online", "on", "nominatim", *pairs, "--seconds-apart", "0.01", "--json"]
        refused = CliRunner().invoke(main, arguments, input="n\n")
        assert refused.exit_code != 0
        assert "addresses leave this machine" in refused.stderr
        assert not json.loads(CliRunner().invoke(main, ["online", "status", "--json"]).stdout)["on"]
        ended = CliRunner().invoke(main, [*arguments, "--yes"])
        assert ended.exit_code == 0, ended.stderr
        assert json.loads(ended.stdout)["settings"] == ["domain", "scheme"]
        yield server


def test_rows_that_are_not_accepted_are_asked_online(
    tmp_path: Path, geocoder: Geocoder, online_home: FakeNominatim, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geodata.placing.home_geocoder", lambda _home: geocoder)
    source, out = write(tmp_path / "in.csv", ["编号", "地址", "备注"]), tmp_path / "out.csv"
    with source.open("a", encoding="utf-8") as file:
        file.write("5,火星大道9号301室,x\n")
    arguments = ["geocode", str(source), "--address-field", "地址", "--out", str(out), "--json"]
    plain = CliRunner().invoke(main, arguments)
    assert (plain.exit_code, online_home.asked) == (0, [])
    assert "online_lat" not in out.read_text("utf-8-sig")
    ended = CliRunner().invoke(main, [*arguments, "--online"])
    assert ended.exit_code == 0, ended.stderr
    done = json.loads(ended.stdout)
    assert (done["asked_online"], done["answered_online"], done["accepted"]) == (1, 1, 2)
    assert online_home.asked == ["火星大道9号"]
    assert "1 rows were not sent" in ended.stderr or "1 行认不出地址" in ended.stderr
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["online_lng"] for row in rows] == ["", "", "", "", "83.020000"]
    assert rows[4]["accepted"] == "False"
    CliRunner().invoke(main, ["online", "off"])
    again = CliRunner().invoke(main, [*arguments, "--online"])
    assert (again.exit_code, "online geocoding is off" in again.stderr) == (1, True)
    state = json.loads(CliRunner().invoke(main, ["online", "status", "--json"]).stdout)
    assert (state["on"], state["questions_asked"]) == (False, 1)


@pytest.mark.parametrize("pair", ["colour", "=x", "a b=c"])
def test_a_setting_without_its_value_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pair: str
) -> None:
    monkeypatch.setenv("SUYUAN_HOME", str(tmp_path / "home"))
    arguments = ["online", "on", "nominatim", "--yes", "--set", pair]
    assert CliRunner().invoke(main, arguments).exit_code == 2
