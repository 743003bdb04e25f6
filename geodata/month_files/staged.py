"""Staged files read again, and written anew without some rows or with other values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from geodata.left_out import filled, read_columns, scan_files
from geodata.month_files.beside import BESIDE, path_beside, read_beside
from geodata.month_files.layout import FILE_SCHEMA, PARTITION, file_name, month_of
from geodata.month_files.sorting import sort_by_month
from geodata.month_files.writing import MonthWriter
from geodata.row_marks import MARK, marks_beside, read_marks, reading_beside
from geodata.schema import CASE_SCHEMA, SOURCE_ROW


def scan_months(paths: Sequence[Path]) -> pl.LazyFrame:
    """Return the cases of staged files, lazily."""
    if not paths:
        return pl.LazyFrame(pl.from_arrow(CASE_SCHEMA.empty_table()))
    frames = [
        scan_files([path], FILE_SCHEMA, hive_partitioning=False).with_columns(
            pl.lit(month_of(path)).alias(PARTITION)
        )
        for path in paths
    ]
    return pl.concat(frames).select(CASE_SCHEMA.names)


def read_month(path: Path) -> Iterator[pa.Table]:
    """Read a staged file a row group at a time.

    The columns are those of `CASE_SCHEMA` and, where they stand beside it, the number of the row
    and its mark.
    """
    beside = {SOURCE_ROW: read_beside(path, SOURCE_ROW), MARK: read_marks(path)[1]}
    start = 0
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            rows = file.read_row_group(group)
            month = pa.repeat(pa.scalar(month_of(path)), len(rows))
            rows = filled(rows.append_column(PARTITION, month), CASE_SCHEMA)
            for name, values in beside.items():
                if len(values):
                    rows = rows.append_column(name, pa.array(values[start : start + len(rows)]))
            start += len(rows)
            yield rows


def rewrite_month(path: Path, change: Callable[[pa.Table], pa.Table]) -> list[Path]:
    """Write a staged file anew, a row group at a time; nothing is left of one without rows."""
    columns = pq.read_schema(path).names
    reading = reading_beside(path)
    with MonthWriter(path.parent.parent, file_name("settled"), columns, reading) as writer:
        for rows in read_month(path):
            changed = change(rows)
            if len(changed):
                writer.add(sort_by_month(changed))
        written = writer.close()
    for each in (path, marks_beside(path), *(path_beside(path, name) for name in BESIDE)):
        each.unlink(missing_ok=True)
    return written


def without_ids(paths: Sequence[Path], ids: pl.Series) -> list[Path]:
    """Write the cases without some of them; the files given stay."""
    gone = pa.array(ids.to_arrow(), pa.string())
    columns = {name for path in paths for name in pq.read_schema(path).names}
    reading = max(map(reading_beside, paths))  # that of one import, where there are marks
    with MonthWriter(paths[0].parent.parent, file_name("changes"), columns, reading) as writer:
        for path in paths:
            stays = pc.invert(pc.is_in(read_columns(path, ["case_id"])["case_id"], gone))
            start = 0
            for rows in read_month(path):
                left = rows.filter(stays.slice(start, len(rows)))
                start += len(rows)
                if len(left):
                    writer.add(sort_by_month(left))
        return writer.close()


def rows_of(paths: Sequence[Path], ids: pl.Series, columns: Sequence[pl.Expr]) -> pl.DataFrame:
    """Return columns of the rows with certain ids, after the number of the row."""
    found = []
    for path in paths:
        rows = scan_months([path]).with_row_index(SOURCE_ROW)
        rows = rows.filter(pl.col("case_id").is_in(ids.implode())).select(SOURCE_ROW, *columns)
        places = rows.collect()
        numbers = read_beside(path, SOURCE_ROW)[places[SOURCE_ROW].to_numpy()]
        found.append(places.with_columns(pl.Series(SOURCE_ROW, numbers)))
    return pl.concat(found)
