"""Files without the columns that their rows cannot fill: nobody sees a difference."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from hypothesis import Phase, given, settings

from geodata import intake, month_files
from geodata.engines import CellJob, PolarsEngine, store_source
from geodata.home import Home
from geodata.left_out import read_columns
from geodata.locating import Area
from geodata.month_files import MonthWriter, file_name, sort_by_month
from geodata.schema import CASE_SCHEMA, SOURCE_COLUMNS
from geodata.store import CaseStore
from tests.conftest import SLOW
from tests.geodata.store.deliveries import case
from tests.geodata.test_told_again import File, draw_townships, run, steps, whole

ROW = {"case_id": "a", "received_at": "2025-01-15 10:00:00", "title": "x"}


def told(home: Home) -> list[Any]:
    """All that readers can see of the store, before and after its small files are merged."""
    store = CaseStore(home)
    if store.count().cases == 0:
        return []
    seen = []
    for _ in range(2):
        delta = pa.table(DeltaTable(str(home.cases)).to_pyarrow_table())
        batches = pa.concat_tables([CASE_SCHEMA.empty_table(), *store.read_batches(3)]).sort_by(
            "case_id"
        )
        counts = PolarsEngine().count_cells(store_source(home), CellJob(class_level=1), Area())
        seen += [
            whole(home)[:2], store.count(), counts.table.to_dicts(), batches.to_pylist(),
            delta.select(CASE_SCHEMA.names).sort_by("case_id").to_pylist(),
        ]  # fmt: skip
        store.compact()
    return seen


# To shrink a failure takes many minutes of imports.
@settings(
    max_examples=100 if SLOW else 6,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(steps=steps())
def test_the_store_is_the_same_to_every_reader(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Any]
) -> None:
    folder = tmp_path_factory.mktemp("homes")
    seen = []
    for name in ("with", "without"):
        with pytest.MonkeyPatch.context() as patch:
            if name == "with":
                patch.setattr(intake, "written_columns", lambda _: CASE_SCHEMA.names)
            home = Home.at(folder / name)
            (home.path / "secret.key").write_bytes(b"k" * 32)
            draw_townships(home, folder / "towns.geojson", 116.1)
            seen.append((run(home, folder, steps), told(home)))
    assert seen[0] == seen[1]


def test_a_file_has_what_it_may_fill(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    File(tuple(ROW), (ROW,)).bring(home, tmp_path, 1)
    (file,) = home.cases.glob("*/*.parquet")
    names = pq.read_schema(file).names
    assert {"case_id", "received_local", "zone", "title", "flags", "located", "batch"} <= {*names}
    assert not {"content", "satisfaction", "source_lng", "source_crs", "month"} & {*names}
    assert pq.read_metadata(file).num_columns < len(CASE_SCHEMA) / 2


def test_a_later_file_brings_a_column_for_the_first_time(tmp_path: Path) -> None:
    """The column is added to the stored file, whose other bytes are copied."""
    home = Home.at(tmp_path / "home")
    rows = tuple({**ROW, "case_id": str(n)} for n in range(300))
    File(tuple(ROW), rows).bring(home, tmp_path, 1)
    better = tuple({**row, "satisfaction": "满意"} for row in rows[::100])
    report = File((*ROW, "satisfaction"), better).bring(home, tmp_path, 2)
    assert report["updated"] == 3
    store = CaseStore(home)
    (file,) = [home.cases / name for name in store._cases.files()]
    assert file.name.startswith("replaced")
    assert pq.read_schema(file).names[-1] == "satisfaction"
    assert "content" not in pq.read_schema(file).names
    stored = store.scan().filter(pl.col("satisfaction") == "满意").collect()
    assert sorted(stored["case_id"]) == ["0", "100", "200"]
    assert store.scan().filter(pl.col("satisfaction").is_null()).collect().height == 297
    delta = pa.table(DeltaTable(str(home.cases)).to_pyarrow_table(columns=["satisfaction"]))
    assert delta["satisfaction"].null_count == 297


def test_nothing_is_lost_in_a_file_that_leaves_it_out(tmp_path: Path) -> None:
    rows = sort_by_month(pa.Table.from_pylist([case("a", title="t")], CASE_SCHEMA))
    with (
        MonthWriter(tmp_path, file_name("test"), ["channel"]) as writer,
        pytest.raises(ValueError, match="title: left out"),
    ):
        writer.add(rows)


def test_columns_are_read_whether_they_are_there_or_not(tmp_path: Path) -> None:
    rows = sort_by_month(pa.Table.from_pylist([case(i, located=False) for i in "ab"], CASE_SCHEMA))
    with MonthWriter(tmp_path, file_name("test"), ["title", "flags"]) as writer:
        writer.add(rows)
        (path,) = writer.close()
    read = read_columns(path, ["source_lng", "title", "satisfaction"])
    assert read.schema == pa.schema(
        [CASE_SCHEMA.field(name) for name in ("source_lng", "title", "satisfaction")]
    )
    assert read.to_pylist() == [{"source_lng": None, "title": "t", "satisfaction": None}] * 2
    assert read_columns(path, ["source_lng"])["source_lng"].to_pylist() == [None, None]
    scanned = month_files.scan_months([path]).select(SOURCE_COLUMNS).collect()
    assert scanned["satisfaction"].dtype == pl.String
    assert scanned["due_at"].dtype == pl.Datetime("us", "UTC")
