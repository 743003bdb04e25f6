"""Every command that changes a home leaves an entry in the name of the system's user."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from sqlalchemy import select

from app.accounts.models import AuditEntry
from app.cases.batches import list_batches
from app.cli import main
from app.db import Database
from geodata.home import Home
from geodata.places import read_changes
from tests.app.small_city import HOT_LAT, HOT_LNG, write_townships
from tests.app.small_register import PLACES, write_unknown

READING = {
    "cases batches", "cases cells", "cases count", "cases history", "cases quality", "candidates",
    "doctor", "online status", "places list", "places show", "profiles check", "profiles list",
    "profiles show", "restore", "runs list", "sample", "serve", "upgrade", "user list", "worker",
}  # fmt: skip
"""They tell, write elsewhere, or start what has names of its own; tables know their upgrades."""

ACTING = {
    "analyse", "backtest", "backup", "boundaries import", "cases clean", "cases compact",
    "cases decide", "compare",
    "cases fetch", "cases import", "cases list", "cases relocate", "cases set-crs",
    "cases withdraw", "demo", "export", "geocode", "online off", "online on", "places import",
    "places merge", "places unmerge", "sensitivity", "user create", "user reset",
}  # fmt: skip


def commands(group: click.Group, above: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{above}{name} ")
        else:
            yield f"{above}{name}"


def test_every_command_is_known_to_read_or_to_act() -> None:
    assert sorted(commands(main)) == sorted(READING | ACTING)


def test_commands_leave_their_acts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home.at(tmp_path / "home")
    monkeypatch.setenv("SUYUAN_HOME", str(home.path))
    towns = write_townships(tmp_path / "towns.geojson")
    (tmp_path / "places.csv").write_text(PLACES, "utf-8")
    cases = write_unknown(tmp_path / "cases.csv")

    def run(*arguments: object) -> None:
        done = CliRunner().invoke(main, [str(each) for each in arguments])
        assert done.exit_code == 0, (arguments, done.output)

    named = ("--code-field", "code", "--name-field", "name")
    run("boundaries", "import", towns, "--level", "township", *named)
    run("places", "import", tmp_path / "places.csv")
    run("places", "merge", "P1", "P2")
    run("places", "unmerge", read_changes(home)[-1].number)
    run("cases", "import", cases, "--profile", "suyuan")
    run("cases", "decide", HOT_LNG, HOT_LAT, "--as", "default_point")
    run("cases", "list", "--csv", tmp_path / "out.csv", "--location", "unlocated")
    run("cases", "compact")
    run("cases", "withdraw", list_batches(home)[0]["batch"], "--yes")
    run("online", "off")
    database = Database(home.database)
    with database.session() as session:
        entries = list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    database.close()
    assert [each.action for each in entries] == [
        "boundaries.import", "places.import", "place.merge", "place.unmerge", "cases.import",
        "coordinate.decide", "cases.export", "cases.compact", "cases.withdraw", "online.off",
    ]  # fmt: skip
    assert {each.who for each in entries} == {f"suyuan:{getpass.getuser()}"}
    assert {each.account_id for each in entries} == {None}
    assert read_changes(home)[-1].about["by"] == f"suyuan:{getpass.getuser()}"
    assert entries[4].after == {"file": "cases.csv", "profile": "suyuan"}
    assert entries[2].after is not None
    assert entries[2].after["merged"] == "P2"
    assert str(tmp_path) not in str([each.after for each in entries])
