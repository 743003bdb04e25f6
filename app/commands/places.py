"""The place register: import, look, merge."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from app.commands.acting import acting, note
from app.commands.data import crs_option, file_argument
from app.errors import EXIT_MEND, message_of
from app.terminal import as_json, report, report_list, say, terminal_language
from geodata.home import Home

_COLUMNS = {
    "code": "code", "name": "name", "aliases": "other names (a list)", "kind": "kind",
    "address": "address", "township": "township, by name or code", "district": "district",
    "households": "number of households", "population": "population",
    "valid_from": "first day", "valid_to": "day after the last", "lng": "longitude",
    "lat": "latitude",
}  # fmt: skip


@click.group()
def places() -> None:
    """Place register: estates, villages, addresses, public spaces."""


def column_options(command: Any) -> Any:
    """Give a command an option for each column of a place."""
    for name, what in reversed(_COLUMNS.items()):
        option = f"--{name.replace('_', '-')}-field"
        command = click.option(option, help=f"Column with the {what}.")(command)
    return command


@places.command("import")
@file_argument
@column_options
@click.option("--update", is_flag=True, help="Only add and change; places not named stay.")
@click.option("--check", is_flag=True, help="Only tell what would change; store nothing.")
@crs_option
@as_json
def import_places_command(
    file: Path,
    crs: str | None,
    update: bool,
    check: bool,
    json_line: bool,
    **columns: str | None,
) -> None:
    """Import places from any vector file, or any table with longitude and latitude.

    The usual headers are known, so most files need no option. Rows that break a rule are named
    and nothing is taken. Places made by hand, merges and edited fields stay.
    """
    from geodata.places import InvalidPlaceFile, import_by_columns, preview_places

    home = Home.from_environment()
    chosen = {name.removesuffix("_field"): header or None for name, header in columns.items()}
    if check:
        found = preview_places(home, file, chosen, crs=crs, update=update).to_json()
        report(found if json_line else _counted(found), json_line=json_line)
        return
    try:
        by = acting().who
        done = import_by_columns(home, file, chosen, crs=crs, update=update, by=by)
    except InvalidPlaceFile as error:
        if not json_line:
            raise
        say(f"suyuan: {message_of(error, terminal_language())}")
        problems = [problem.to_json() for problem in error.problems]
        click.echo(json.dumps({"imported": False, "problems": problems}, ensure_ascii=False))
        sys.exit(EXIT_MEND)
    note("places.import", ("places", done.version), file=file, update=update)
    report(done.to_json(), json_line=json_line)


def _counted(found: dict[str, Any]) -> dict[str, Any]:
    """Return a preview for the terminal: how many, not which."""
    lists = {"problems": len(found["problems"]), "columns": ", ".join(found["columns"])}
    return {name: value for name, value in {**found, **lists}.items() if name != "examples"}


@places.command("list")
@click.option("--search", default="", help="Part of a name, alias, address or code.")
@click.option("--kind", default="", help="Only places of this kind.")
@click.option("--township", default="", help="Only places in the township of this code.")
@click.option("--limit", type=click.IntRange(1), default=1000, help="At most so many.")
@as_json
def list_command(search: str, kind: str, township: str, limit: int, json_line: bool) -> None:
    """List places with the number of their cases, those with most cases first."""
    from app.accounts.areas import EVERYWHERE
    from app.places.listing import find_places

    home = Home.from_environment()
    found = find_places(home, EVERYWHERE, search, kind, township)
    report_list(
        found.head(limit).to_dicts(),
        json_line=json_line,
        line="{cases:>8,}  {code:<14} {name}  {kind}  {township_name}",
    )


@places.command("show")
@click.argument("code")
@as_json
def show_command(code: str, json_line: bool) -> None:
    """Show one place with its history; the code of a merged place finds the one that was kept."""
    from app.places.details import place_record

    home = Home.from_environment()
    report(place_record(acting(), home, code), json_line=json_line, timed=False)


@places.command("merge")
@click.argument("keep")
@click.argument("other")
@as_json
def merge_command(keep: str, other: str, json_line: bool) -> None:
    """Make two places one: KEEP stays and takes the names, address and code of OTHER.

    `suyuan cases relocate` then moves the stored cases.
    """
    from app.places.keeping import merge
    from geodata.places import read_changes

    home = Home.from_environment()
    kept = merge(acting(), home, keep, other)
    report({"change": read_changes(home)[-1].number, **kept.plain()}, json_line=json_line)


@places.command("unmerge")
@click.argument("change", type=click.IntRange(1))
@as_json
def unmerge_command(change: int, json_line: bool) -> None:
    """Take a merge back, by the number of its change (see `suyuan places show`)."""
    from app.places.keeping import unmerge

    home = Home.from_environment()
    restored = unmerge(acting(), home, change)
    report(restored.plain(), json_line=json_line)
