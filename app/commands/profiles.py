"""Import profiles in the terminal: list, show, check against a file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from app.terminal import as_json, report, report_list, terminal_language
from geodata.home import Home


@click.group()
def profiles() -> None:
    """Import profiles: shipped ones, and those made on the mapping page."""


@profiles.command("list")
@as_json
def list_command(json_line: bool) -> None:
    """List the known profiles."""
    from app.cases.own_profiles import list_profiles

    records = [
        {
            "name": row.name,
            "own": row.own,
            "title": row.profile.title.get(terminal_language(), ""),
            "zone": row.profile.zone,
            "crs": row.profile.crs,
            "fields": len(row.profile.columns),
        }
        for row in list_profiles(Home.from_environment())
    ]
    report_list(records, json_line=json_line, line="{name}  {zone}  {crs}  {fields}  {title}")


@profiles.command("show")
@click.argument("name")
@as_json
def show_command(name: str, json_line: bool) -> None:
    """Show a profile as YAML, to be changed and given as a file."""
    from geodata.profiles import load_profile, profile_yaml

    profile = load_profile(name, Home.from_environment().profiles)
    if json_line:
        report(profile.model_dump(mode="json"), json_line=True, timed=False)
    else:
        click.echo(profile_yaml(profile), nl=False)


@profiles.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--profile", help="Profile to check.  [default: the one that fits best]")
@click.option("--sheet", help="The only sheet of a workbook to read.")
@as_json
def check_command(file: Path, profile: str | None, sheet: str | None, json_line: bool) -> None:
    """Read a whole FILE with a profile and store nothing: what is recognised, what is refused."""
    from app.cases.checking import check_file

    done = check_file(Home.from_environment(), file, profile, sheet=sheet, now=datetime.now(UTC))
    report(done.to_json("en" if json_line else terminal_language()), json_line=json_line)
