"""The operational tables as plain rows, which SQLite and PostgreSQL take alike.

The tables are read as they stand in the database, not as this program's models have them: a backup
of an older revision is loaded at its own revision, and the migrations bring it on.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Date,
    DateTime,
    LargeBinary,
    MetaData,
    Numeric,
    Table,
    Text,
    cast,
    func,
    insert,
    inspect,
    select,
)

from app.db import Database
from app.errors import Conflict
from app.revisions import migrate

REVISION_TABLE = "alembic_version"
SUFFIX = ".jsonl"

ROWS_AT_ONCE = 1000
"""Rows that are in memory or in one statement."""


@contextmanager
def as_of_now(database: Database) -> Iterator[Connection]:
    """Give a connection that sees all tables as they are at one moment, whoever writes."""
    level = {} if database.is_file else {"isolation_level": "REPEATABLE READ"}
    with database.engine.connect().execution_options(**level) as connection:
        if database.is_file:
            # Python's driver would read each table as of its own moment.
            connection.exec_driver_sql("BEGIN")
        yield connection


def dump_tables(connection: Connection, folder: Path) -> dict[str, int]:
    """Write each table as one JSON object a row into a file of its name; returns the rows of each.

    Parameters
    ----------
    connection : Connection
        From `as_of_now`.
    folder : Path
        Must exist.
    """
    counts = {}
    for table in _tables(connection):
        rows = 0
        with (folder / f"{table.name}{SUFFIX}").open("w", encoding="utf-8") as file:
            for row in _stored_rows(connection, table):
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                rows += 1
        counts[table.name] = rows
    return counts


def load_tables(connection: Connection, folder: Path, revision: str) -> None:
    """Make the tables of a revision in an empty database and fill them with a dump.

    Parameters
    ----------
    connection : Connection
        On which nothing was done yet; the caller commits.
    folder : Path
        As `dump_tables` left it.
    revision : str
        Of the tables that were dumped.

    Raises
    ------
    Conflict
        The database holds tables.
    """
    check_no_tables(connection)
    connection.rollback()
    migrate(connection, revision)
    tables = _tables(connection)
    for table in reversed(tables):
        # A migration may have put rows in, which the dump has as well; the audit refuses to be
        # emptied even where nothing is in it.
        if connection.scalar(select(func.count()).select_from(table)):
            connection.execute(table.delete())
    for table in tables:
        rows = _dumped_rows(folder / f"{table.name}{SUFFIX}", table)
        for part in _parts(_parents_first(rows, table)):
            connection.execute(insert(table), part)
        _go_on_numbering(connection, table)


def check_no_tables(connection: Connection) -> None:
    """Refuse a database that holds tables already.

    Raises
    ------
    Conflict
    """
    if found := inspect(connection).get_table_names():
        url = connection.engine.url.render_as_string(hide_password=True)
        raise Conflict(
            f"the database {url} holds tables already ({min(found)!r} among them): a backup is "
            "restored into an empty one",
            f"数据库 {url} 中已有数据表（如 {min(found)!r}）：备份只能恢复到空数据库",
        )


def _tables(connection: Connection) -> list[Table]:
    """Return the tables as they stand, those that others refer to first."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != REVISION_TABLE]


def _stored_rows(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    # JSON as its own text: an empty cell and a stored null stay apart.
    columns = [
        cast(column, Text).label(column.name) if isinstance(column.type, JSON) else column
        for column in table.columns
    ]
    asked = select(*columns).order_by(*table.primary_key.columns)
    found = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(asked)
    for row in found.mappings():
        yield {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    return str(value) if isinstance(value, Decimal) else value


def _dumped_rows(file: Path, table: Table) -> Iterator[dict[str, Any]]:
    for column in table.columns:
        if isinstance(column.type, JSON):
            column.type.none_as_null = True
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield {name: _typed(value, table.columns[name]) for name, value in row.items()}


def _typed(value: Any, column: Column[Any]) -> Any:
    """Return a dumped value as the column takes it."""
    if value is None:
        return None
    kind = column.type
    if isinstance(kind, DateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    if isinstance(kind, JSON):
        return JSON.NULL if (read := json.loads(value)) is None else read
    if isinstance(kind, LargeBinary):
        return base64.b64decode(value)
    return Decimal(value) if isinstance(kind, Numeric) and isinstance(value, str) else value


def _parents_first(rows: Iterable[dict[str, Any]], table: Table) -> Iterable[dict[str, Any]]:
    """Order the rows of a table that refers to itself: who is referred to stands first."""
    links = [
        (key.parent.name, key.column.name)
        for key in table.foreign_keys
        if key.column.table is table
    ]
    if not links:
        return rows
    waiting, ordered = list(rows), list[dict[str, Any]]()
    while waiting:
        missing = [{row[target] for row in waiting} for _, target in links]
        free, bound = list[dict[str, Any]](), list[dict[str, Any]]()
        for row in waiting:
            held = any(
                row[name] in there and row[name] != row[target]
                for (name, target), there in zip(links, missing, strict=True)
            )
            (bound if held else free).append(row)
        if not free:
            raise ValueError(f"rows of {table.name} refer to one another in a circle")
        ordered += free
        waiting = bound
    return ordered


def _parts(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    part: list[dict[str, Any]] = []
    for row in rows:
        part.append(row)
        if len(part) == ROWS_AT_ONCE:
            yield part
            part = []
    if part:
        yield part


def _go_on_numbering(connection: Connection, table: Table) -> None:
    """Let PostgreSQL number new rows after the loaded ones; SQLite does so by itself."""
    number = table.autoincrement_column
    if connection.dialect.name == "sqlite" or number is None:
        return
    name = connection.dialect.identifier_preparer.format_table(table)
    sequence = connection.scalar(select(func.pg_get_serial_sequence(name, number.name)))
    last = connection.scalar(select(func.max(number)))
    if sequence is not None and last is not None:
        connection.execute(select(func.setval(sequence, last)))
