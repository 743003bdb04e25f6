"""Taking finished month files over into a Delta table: a rename each and one entry in its log.

Rows are replaced by writing the files that hold them anew, without them; Delta's own merge takes
five times as long.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import DeltaTable, Schema
from deltalake.transaction import AddAction, RemoveAction, create_table_with_add_actions

from geodata.month_files import (
    PARTITION,
    MonthWriter,
    file_name,
    month_of,
    read_month,
    sort_by_month,
)


def append_months(
    table: Path,
    files: Sequence[Path],
    schema: pa.Schema,
    *,
    configuration: Mapping[str, str | None],
    **commit: Any,
) -> None:
    """Add month files to a table with one commit; the first files make the table.

    Until the commit no reader sees them. A process killed between the renames and the commit
    leaves files that no version names.

    Parameters
    ----------
    table : Path
        Folder of the table, on the file system of the files.
    files : sequence of Path
        Files of `geodata.month_files`, which are moved.
    schema : pyarrow.Schema
        Columns of the table, the month among them.
    configuration : mapping
        Settings of a new table.
    **commit
        ``commit_properties`` and ``post_commithook_properties`` of deltalake.
    """
    added = [_move(file, table) for file in files]
    delta_schema = Schema.from_arrow(schema)
    if DeltaTable.is_deltatable(str(table)):
        DeltaTable(str(table)).create_write_transaction(
            list[AddAction | RemoveAction](added), "append", delta_schema, [PARTITION], **commit
        )
        return
    create_table_with_add_actions(
        str(table), delta_schema, added, partition_by=[PARTITION],
        configuration=configuration, **commit,
    )  # fmt: skip


def replace_in_months(
    table: Path,
    files: Sequence[Path],
    months: Collection[str],
    ids: pa.Array,
    folder: Path,
    **commit: Any,
) -> None:
    """Add month files to a table and take out the rows that they replace, with one commit.

    Parameters
    ----------
    table : Path
        Folder of the table.
    files : sequence of Path
        Files of `geodata.month_files` with the new rows, which are moved.
    months : collection of str
        Where the rows that are replaced lie now; other months stay unread.
    ids : pyarrow.Array
        Ids of the rows that are replaced.
    folder : Path
        Where files are written anew before they are moved; on the table's file system.
    **commit
        As for `append_months`.
    """
    stored = DeltaTable(str(table))
    schema = stored.schema()
    removed = [action for action in _files_of(stored, months) if _holds(table / action.path, ids)]
    with MonthWriter(folder, file_name("kept")) as writer:
        for action in removed:
            for rows in read_month(table / action.path):
                kept = rows.filter(pc.invert(pc.is_in(rows["case_id"], ids)))
                if len(kept):
                    writer.add(sort_by_month(kept))
        written = writer.close()
    added = [_move(file, table) for file in (*written, *files)]
    stored.create_write_transaction([*removed, *added], "append", schema, [PARTITION], **commit)


def _files_of(stored: DeltaTable, months: Collection[str]) -> list[RemoveAction]:
    """Remove actions for a table's files of some months."""
    now = int(time.time() * 1000)
    facts = pa.table(stored.get_add_actions(flatten=True)).to_pylist()
    return [
        RemoveAction(
            path=fact["path"], deletion_timestamp=now, data_change=True,
            partition_values={PARTITION: fact[f"partition.{PARTITION}"]}, size=fact["size_bytes"],
        )
        for fact in facts
        if fact[f"partition.{PARTITION}"] in months
    ]  # fmt: skip


def _holds(path: Path, ids: pa.Array) -> bool:
    stored = pq.read_table(path, columns=["case_id"], partitioning=None)["case_id"]
    return bool(pc.any(pc.is_in(stored, ids)).as_py())


def _move(file: Path, table: Path) -> AddAction:
    with pq.ParquetFile(file) as parquet:
        rows = parquet.metadata.num_rows
    month = month_of(file)
    target = table / file.parent.name / file.name
    target.parent.mkdir(exist_ok=True)
    file.rename(target)
    facts = target.stat()
    return AddAction(
        path=f"{file.parent.name}/{file.name}",
        size=facts.st_size,
        partition_values={PARTITION: month},
        modification_time=int(facts.st_mtime * 1000),
        data_change=True,
        stats=json.dumps({"numRecords": rows}),
    )
