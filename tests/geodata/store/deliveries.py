"""Small batches for the case store, and a slow oracle of what they amount to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from geodata.home import Home
from geodata.left_out import written_columns
from geodata.month_files import MonthWriter, file_name, sort_by_month
from geodata.schema import CASE_SCHEMA, LOCATION_COLUMNS, SOURCE_COLUMNS
from geodata.store import CaseStore, Upserted

START = datetime(2025, 1, 31, 12, tzinfo=UTC)
ALWAYS = ("case_id", "received_at", "received_local", "zone", "month")


def case(case_id: str, day: float = 0, *, batch: str = "b", located: bool = True, **values) -> dict:
    received = START + timedelta(days=day)
    blank = dict.fromkeys(CASE_SCHEMA.names)
    return blank | {
        "case_id": case_id,
        "received_at": received,
        "received_local": received.replace(tzinfo=None),
        "zone": "UTC",
        "month": f"{received:%Y-%m}",
        "title": "t",
        "flags": [] if located else ["zero"],
        "located": located,
        "township_only": False,
        "cell": 627067323743154175 if located else None,
        "batch": batch,
    } | values  # fmt: skip


def locate(rows: pa.Table) -> pa.Table:
    """Place rows by their title: enough to see that folded rows are placed anew."""
    titles = rows["title"].to_pylist()
    columns = {
        **dict.fromkeys(LOCATION_COLUMNS, [None] * len(rows)),
        "township": titles,
        "flags": [[] for _ in titles],
        "located": [title is not None for title in titles],
        "township_only": [False] * len(rows),
    }
    for name in LOCATION_COLUMNS:
        array = pa.array(columns[name], CASE_SCHEMA.field(name).type)
        rows = rows.append_column(CASE_SCHEMA.field(name), array)
    return rows


def placed(row: dict) -> dict:
    """Place one row as `locate` would."""
    table = pa.Table.from_pylist([row], CASE_SCHEMA).drop_columns(list(LOCATION_COLUMNS))
    (located,) = locate(table).to_pylist()
    return located


def stage(folder: Path, *cases: dict, columns: Collection[str] = CASE_SCHEMA.names) -> list[Path]:
    folder.mkdir(exist_ok=True)
    folder = folder / str(len(list(folder.iterdir())))
    folder.mkdir()
    with MonthWriter(folder, file_name("test"), columns) as writer:
        writer.add(sort_by_month(pa.Table.from_pylist(list(cases), CASE_SCHEMA)))
        return writer.close()


@dataclass
class Batch:
    """A file: which columns it has, and its rows by id."""

    name: str
    columns: tuple[str, ...]
    rows: dict[str, dict] = field(default_factory=dict)

    @property
    def told(self) -> tuple[str, ...]:
        return (*ALWAYS, *self.columns)

    def bring(self, store: CaseStore, folder: Path, **facts) -> Upserted:
        rows = [placed(row | {"batch": self.name}) for row in self.rows.values()]
        facts |= {"batch": self.name, "columns": list(self.told)}
        columns = written_columns(self.told)
        return store.upsert(stage(folder, *rows, columns=columns) if rows else [], facts, locate)


def make_batch(name: str, columns: tuple[str, ...], rows: dict[str, dict]) -> Batch:
    """Make a batch; values of columns that its file does not have are left out."""
    kept = {
        case_id: case(case_id, values.pop("day", 0), title=None, batch=name)
        | {column: values.get(column) for column in columns}
        for case_id, values in ((i, dict(v)) for i, v in rows.items())
    }
    return Batch(name, columns, kept)


def time_of(row: dict) -> datetime:
    times = (row["updated_at"], row["closed_at"], row["callback_at"], row["received_at"])
    return max(moment for moment in times if moment is not None)


def expected_rows(batches: list[Batch]) -> dict[str, dict]:
    """Fold the rows of each case with dictionaries, one by one."""
    rows: dict[str, dict] = {}
    told = [
        (time_of(row), order, batch, row)
        for order, batch in enumerate(batches)
        for row in batch.rows.values()
    ]
    for _, _, batch, row in sorted(told, key=lambda item: item[:2]):
        state = rows.setdefault(row["case_id"], dict.fromkeys(SOURCE_COLUMNS))
        state |= {name: row[name] for name in SOURCE_COLUMNS if name in batch.told}
    return rows


def stored_rows(store: CaseStore, *columns: str) -> dict[str, dict]:
    frame = store.scan(columns=columns or SOURCE_COLUMNS).collect()
    return {row["case_id"]: row for row in frame.iter_rows(named=True)}


def new_store(folder: Path) -> CaseStore:
    return CaseStore(Home.at(folder))
