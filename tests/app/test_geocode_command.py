"""`suyuan geocode`: a table in, the same rows with places out."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main
from geodata.geocoding import Gazetteer, Geocoder, geocode_table

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
