"""A home as the first version left it opens after `suyuan upgrade`."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from app import revisions
from app.cli import main
from app.config import Settings
from app.db import Database
from app.revisions import newest_revision
from tests.people import first_client, make_app

pytestmark = pytest.mark.db

FIRST = "0001"
MOMENT = datetime(2025, 6, 1, 4, 30)

PROJECT = {
    "id": 4, "name": "楼道堆物", "owner": "街道办", "lng": 83.06, "lat": 39.02, "radius_m": 150,
    "township": "T2", "class_1": "物业管理", "planned_start": MOMENT.date(), "planned_end": None,
    "target_per_month": 2.5, "status": "under_way", "started_on": MOMENT.date(),
    "finished_on": None, "note": "", "created_at": MOMENT, "updated_at": MOMENT, "row_version": 3,
}  # fmt: skip
POINT = {name: PROJECT[name] for name in ("id", "name", "lng", "lat", "radius_m", "township")}
"""Where the project was is a point of its own since 0005."""

KEPT = {name: value for name, value in PROJECT.items() if name not in {"lng", "lat", "radius_m"}}
JOB = {
    "id": "0" * 32, "kind": "import", "state": "done", "arguments": {"path": "a.csv"}, "done": 100,
    "total": 100, "message": "done", "message_zh": "已完成", "result": {"url": "/cases/batches/b"},
    "cancel_requested": False, "created_at": MOMENT, "finished_at": MOMENT,
}  # fmt: skip

NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "9000"
down_revision = {head!r}


def upgrade():
    project = sa.ForeignKey("project.id", ondelete="CASCADE")
    op.create_table("visit", sa.Column("project_id", sa.Integer, project, primary_key=True))
    op.execute("INSERT INTO visit SELECT id FROM project")
    with op.batch_alter_table("project") as table:
        table.add_column(sa.Column("extra", sa.Integer, nullable=False, server_default="5"))
        table.alter_column("note", existing_type=sa.Text, nullable=True)
"""


@pytest.fixture
def old_home(home: Path, database_url: str | None) -> Path:
    """The small city with tables of the first revision, filled without today's models."""
    for file in home.glob("*.sqlite3*"):
        file.unlink()
    database = Database.of(Settings(home=home, database_url=database_url))
    database.migrate(FIRST)
    tables = sa.MetaData()
    with database.engine.begin() as connection:
        tables.reflect(connection)
        connection.execute(tables.tables["project"].insert(), PROJECT)
        connection.execute(tables.tables["job"].insert(), JOB)
    database.close()
    return home


def rows(home: Path, url: str | None, name: str) -> list[dict[str, object]]:
    database = Database.of(Settings(home=home, database_url=url))
    tables = sa.MetaData()
    with database.engine.connect() as connection:
        tables.reflect(connection)
        found = [dict(row) for row in connection.execute(tables.tables[name].select()).mappings()]
    database.close()
    return found


def suyuan(home: Path, url: str | None, *arguments: str) -> Result:
    environment = {"SUYUAN_HOME": str(home), "DATABASE_URL": url or ""}
    return CliRunner().invoke(main, [*arguments, "--json"], env=environment)


def test_rows_are_kept_and_pages_open(old_home: Path, database_url: str | None) -> None:
    ended = suyuan(old_home, database_url, "upgrade")
    assert ended.exit_code == 0, ended.output
    told = json.loads(ended.stdout)
    assert (told["from_revision"], told["to_revision"]) == (FIRST, newest_revision())
    assert told["follows_boundaries"]
    for name, row in (("project", KEPT), ("point", POINT), ("job", JOB)):
        (found,) = rows(old_home, database_url, name)
        assert {key: found[key] for key in row} == row
    client = first_client(make_app(old_home, database_url=database_url))
    for page in ("/", "/projects", f"/projects/{PROJECT['id']}", "/hotspots", "/cases"):
        assert client.get(page, follow_redirects=True).status_code == 200, page
    again = json.loads(suyuan(old_home, database_url, "upgrade").stdout)
    assert (again["changed"], again["from_revision"]) == (False, newest_revision())


@pytest.fixture
def next_version(tmp_path: Path) -> Path:
    """Migrations of a program with one more than this one."""
    folder = shutil.copytree(revisions.MIGRATIONS, tmp_path / "migrations")
    (folder / "versions" / "9000_next.py").write_text(NEXT.format(head=newest_revision()), "utf-8")
    return folder


def test_the_next_version_takes_this_one_further(
    old_home: Path, database_url: str | None, next_version: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revisions, "MIGRATIONS", next_version)
    found = suyuan(old_home, database_url, "doctor")
    told = {each["name"]: each for each in json.loads(found.stdout)}
    assert "suyuan upgrade" in told["tables"]["text"]
    assert not told["tables"]["ok"]
    done = json.loads(suyuan(old_home, database_url, "upgrade").stdout)
    assert (done["changed"], done["to_revision"]) == (True, "9000")
    (project,) = rows(old_home, database_url, "project")
    assert {**KEPT, "extra": 5}.items() <= project.items()
    (point,) = rows(old_home, database_url, "point")
    assert POINT.items() <= point.items()
    linked = {"project_id": PROJECT["id"], "point_id": point["id"]}
    assert rows(old_home, database_url, "project_point") == [linked]
    assert rows(old_home, database_url, "visit") == [{"project_id": PROJECT["id"]}]


def test_a_home_of_a_newer_version_is_refused(
    old_home: Path, database_url: str | None, next_version: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(revisions, "MIGRATIONS", next_version)
        assert suyuan(old_home, database_url, "upgrade").exit_code == 0
    refused = suyuan(old_home, database_url, "upgrade")
    assert refused.exit_code == 1
    (line,) = refused.stderr.splitlines()
    assert "9000" in line
    told = json.loads(suyuan(old_home, database_url, "doctor").stdout)
    assert "install" in next(each for each in told if each["name"] == "tables")["text"]
