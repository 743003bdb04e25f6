"""Bring data in: boundaries, places, cases."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from app.commands.acting import note
from app.terminal import as_json, progress_bar, report, say, terminal_language
from geodata.home import Home

file_argument = click.argument("file", type=click.Path(path_type=Path))
SOURCES = ("open311", "socrata")

crs_option = click.option("--crs", help="Coordinate system of the file, e.g. GCJ-02, EPSG:4547.")


@click.group()
def boundaries() -> None:
    """Administrative boundaries."""


@boundaries.command("import")
@file_argument
@click.option("--level", type=click.Choice(["township", "district"]), required=True)
@click.option("--code-field", required=True, help="Column with the code of each area.")
@click.option("--name-field", required=True, help="Column with its name.")
@click.option("--district-field", help="Column with the district of each township.")
@click.option("--population-field", help="Column with its population.")
@click.option(
    "--population", type=click.Path(path_type=Path), help="Table of populations by name or code."
)
@crs_option
@as_json
def import_boundaries_command(
    file: Path,
    level: str,
    code_field: str,
    name_field: str,
    district_field: str | None,
    population_field: str | None,
    population: Path | None,
    crs: str | None,
    json_line: bool,
) -> None:
    """Import townships or districts from any vector file; cases are located anew."""
    from geodata.areas import import_boundaries
    from geodata.intake import relocate_cases

    home = Home.from_environment()
    done = import_boundaries(
        home,
        file,
        level=level,  # type: ignore[arg-type]
        code_field=code_field,
        name_field=name_field,
        district_field=district_field,
        population_field=population_field,
        population_file=population,
        crs=crs,
    )
    note("boundaries.import", ("boundaries", level), file=file, crs=crs)
    relocate_cases(home)
    report(done.to_json("en" if json_line else terminal_language()), json_line=json_line)


@click.group()
def cases() -> None:
    """Cases: import, count, locate anew."""


@cases.command("import")
@file_argument
@click.option("--profile", required=True, help="Name of an import profile, or a YAML file.")
@crs_option
@click.option("--zone", help="Time zone of naive times, instead of the profile's.")
@click.option("--sheet", help="The only sheet of a workbook to read.")
@as_json
def import_cases_command(
    file: Path,
    profile: str,
    crs: str | None,
    zone: str | None,
    sheet: str | None,
    json_line: bool,
) -> None:
    """Import a CSV, Excel, Parquet, JSON or Open311 file; the same file twice changes nothing."""
    from app.cases.uploads import import_file

    home = Home.from_environment()
    with progress_bar(f"Importing {file.name}") as tell:
        done = import_file(
            home,
            file,
            profile,
            crs=crs,
            zone=zone,
            sheet=sheet,
            progress=lambda step: tell(
                round(100 * step.fraction), 100, f"{step.stage} {step.rows:,} rows"
            ),
        )
    asked = {"profile": Path(profile).name, "crs": crs, "zone": zone, "sheet": sheet}
    note("cases.import", ("batch", done.batch), file=file, **asked)
    language = terminal_language()
    report(done.to_json("en" if json_line else language), json_line=json_line)
    if done.rejects_path:
        say(
            f"被拒绝的行及原因：{done.rejects_path}"
            if language == "zh"
            else f"rejected rows and their reasons: {done.rejects_path}"
        )


@cases.command("fetch")
@click.argument("url")
@click.option("--source", type=click.Choice(SOURCES), required=True, help="Kind of interface.")
@click.option("--profile", help="Import profile of the records.  [default: that of the source]")
@click.option("--from", "start", type=click.DateTime(), help="Received from this day on.")
@click.option("--to", "end", type=click.DateTime(), help="Received before this day.")
@click.option("--page-size", type=click.IntRange(1, 50_000), default=1000)
@click.option(
    "--pause", type=click.FloatRange(0, 60), default=0.2, help="Seconds between requests."
)
@click.option("--full", is_flag=True, help="Ask for everything, not only for what is new.")
@crs_option
@click.option("--zone", help="Time zone of naive times, instead of the profile's.")
@as_json
def fetch_command(
    url: str,
    source: str,
    profile: str | None,
    start: datetime | None,
    end: datetime | None,
    page_size: int,
    pause: float,
    full: bool,
    crs: str | None,
    zone: str | None,
    json_line: bool,
) -> None:
    """Fetch cases from an Open311 or Socrata interface and import them; resumes by itself."""
    from app.cases.fetching import fetch_and_import
    from geodata.fetching import FetchRequest
    from geodata.profiles import load_profile

    home = Home.from_environment()
    # GeoReport is asked in UTC; Socrata's floating times are the city's own.
    aware = UTC if source == "open311" else None
    request = FetchRequest(
        url,
        source,
        load_profile(profile or source),
        start and start.replace(tzinfo=aware),
        end and end.replace(tzinfo=aware),
        page_size,
        pause,
    )
    with progress_bar("Fetching") as tell:
        done = fetch_and_import(
            home, request, crs=crs, zone=zone, full=full, tell=lambda note: tell(0, None, note)
        )
    note("cases.fetch", ("source", source), full=full, crs=crs, zone=zone)
    report(done.to_json("en" if json_line else terminal_language()), json_line=json_line)


@cases.command("count")
@as_json
def count_command(json_line: bool) -> None:
    """Count what is stored: located + unlocated = cases."""
    from app.cases.listing import count_all

    report(count_all(Home.from_environment()), json_line=json_line, timed=False)


@cases.command("relocate")
@as_json
def relocate_command(json_line: bool) -> None:
    """Locate every stored case anew, against boundaries, places and decisions of now."""
    from geodata.intake import relocate_cases

    home = Home.from_environment()
    done = relocate_cases(home)
    note("cases.relocate", ("cases", ""), changed=done.changed)
    report(done.to_json(), json_line=json_line)
