"""Taking finished month files over into a Delta table: a rename each and one entry in its log."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable, Schema
from deltalake.transaction import AddAction, RemoveAction, create_table_with_add_actions

from geodata.month_files import PARTITION, month_of
from geodata.row_marks import move_marks


def append_months(
    table: Path,
    files: Sequence[Path],
    schema: pa.Schema,
    *,
    replaced: Sequence[Path] = (),
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
    replaced : sequence of Path
        Files of the table that the commit takes out; older versions keep them.
    configuration : mapping
        Settings of a new table.
    **commit
        ``commit_properties`` and ``post_commithook_properties`` of deltalake.
    """
    added = [_move(file, table) for file in files]
    delta_schema = Schema.from_arrow(schema)
    if DeltaTable.is_deltatable(str(table)):
        actions: list[AddAction | RemoveAction] = [*added, *_removals(table, replaced)]
        DeltaTable(str(table)).create_write_transaction(
            actions, "append", delta_schema, [PARTITION], **commit
        )
        return
    create_table_with_add_actions(
        str(table), delta_schema, added, partition_by=[PARTITION],
        configuration=configuration, **commit,
    )  # fmt: skip


def _move(file: Path, table: Path) -> AddAction:
    with pq.ParquetFile(file) as parquet:
        rows = parquet.metadata.num_rows
    month = month_of(file)
    target = table / file.parent.name / file.name
    target.parent.mkdir(parents=True, exist_ok=True)
    file.rename(target)
    move_marks(file, target)
    facts = target.stat()
    return AddAction(
        path=f"{file.parent.name}/{file.name}",
        size=facts.st_size,
        partition_values={PARTITION: month},
        modification_time=int(facts.st_mtime * 1000),
        data_change=True,
        stats=json.dumps({"numRecords": rows}),
    )


def _removals(table: Path, files: Sequence[Path]) -> list[RemoveAction]:
    if not files:
        return []
    now = time.time_ns() // 1_000_000
    gone = {file.relative_to(table).as_posix() for file in files}
    actions = pa.table(DeltaTable(str(table)).get_add_actions(flatten=True))
    names = ("path", "size_bytes", f"partition.{PARTITION}")
    return [
        RemoveAction(path, True, now, size, {PARTITION: month})
        for path, size, month in zip(*(actions[n].to_pylist() for n in names), strict=True)
        if unquote(path) in gone
    ]
