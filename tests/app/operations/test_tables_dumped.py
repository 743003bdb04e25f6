"""Rows leave one kind of database and come to another as they were."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.db import Database, Instant
from app.errors import Conflict
from app.operations.tables import as_of_now, check_no_tables, dump_tables, load_tables
from app.revisions import newest_revision

pytestmark = pytest.mark.db

METADATA = sa.MetaData()
OFFICE = sa.Table(
    "office", METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("parent_id", sa.ForeignKey("office.id")),
    sa.Column("name", sa.String(40), nullable=False),
    sa.Column("facts", sa.JSON(none_as_null=True)),
    sa.Column("secret", sa.LargeBinary),
    sa.Column("share", sa.Float),
    sa.Column("money", sa.Numeric(12, 2)),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("since", sa.Date),
    sa.Column("changed_at", Instant),
)  # fmt: skip

ROWS = [
    {"id": 7, "parent_id": None, "name": "安和市", "facts": {"名": ["甲", None, 1.5]},
     "secret": b"\x00\xff", "share": 0.1 + 0.2, "money": None, "active": True,
     "since": date(2024, 2, 29), "changed_at": datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)},
    {"id": 3, "parent_id": 7, "name": "东区\n\"引号\"", "facts": None, "secret": None,
     "share": None, "money": 12, "active": False, "since": None, "changed_at": None},
    {"id": 1, "parent_id": 3, "name": "东街道", "facts": sa.JSON.NULL, "secret": b"",
     "share": -0.0, "money": None, "active": True, "since": None, "changed_at": None},
]  # fmt: skip
"""The child stands before its parents, as their ids are."""


def fill(database: Database) -> None:
    with database.engine.begin() as connection:
        METADATA.create_all(connection)
        connection.execute(OFFICE.insert(), ROWS)


def rows(database: Database) -> list[tuple[object, ...]]:
    raw = sa.cast(OFFICE.c.facts, sa.Text).label("raw")
    with database.engine.connect() as connection:
        return [
            tuple(row) for row in connection.execute(sa.select(OFFICE, raw).order_by(OFFICE.c.id))
        ]


def test_every_type_of_value_arrives(
    database: Database,
    other_url: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fill(database)
    other = Database(other_url or tmp_path / "other.sqlite3")
    folder = tmp_path / "dump"
    folder.mkdir()
    with as_of_now(database) as connection:
        counted = dump_tables(connection, folder)
    # Some tables are filled by the migrations that make them: their rows leave with the others.
    assert counted["office"] == 3
    assert counted["list_kind"] > 0

    def migrate(connection: sa.Connection, revision: str) -> None:
        assert revision == newest_revision()
        Database.migrate(other)
        METADATA.create_all(connection)

    monkeypatch.setattr("app.operations.tables.migrate", migrate)
    with other.engine.connect() as connection:
        load_tables(connection, folder, newest_revision())
        connection.commit()
    assert rows(other) == rows(database)
    with other.engine.begin() as connection:
        made = connection.execute(OFFICE.insert(), {"name": "新", "active": True})
        assert made.inserted_primary_key[0] == 8
    other.close()


def test_a_database_in_use_is_not_filled(database: Database, tmp_path: Path) -> None:
    with (
        database.engine.connect() as connection,
        pytest.raises(Conflict, match="holds tables already"),
    ):
        check_no_tables(connection)


def test_what_is_dumped_is_of_one_moment(database: Database, tmp_path: Path) -> None:
    fill(database)
    count = sa.select(sa.func.count()).select_from(OFFICE)
    with as_of_now(database) as connection:
        assert connection.scalar(count) == 3
        with database.engine.begin() as writer:
            writer.execute(OFFICE.delete().where(OFFICE.c.id == 1))
        assert connection.scalar(count) == 3
    with as_of_now(database) as connection:
        assert connection.scalar(count) == 2
