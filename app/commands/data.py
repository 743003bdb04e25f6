"""Bring data in: boundaries, places, cases."""

from __future__ import annotations

from pathlib import Path

import click

from app.terminal import as_json, progress_bar, report, say, terminal_language
from geodata.home import Home

file_argument = click.argument("file", type=click.Path(path_type=Path))
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
    relocate_cases(home)
    report(done.to_json("en" if json_line else terminal_language()), json_line=json_line)


@click.group()
def places() -> None:
    """Place register: estates, villages, public spaces."""


@places.command("import")
@file_argument
@click.option("--code-field", required=True, help="Column with the code of each place.")
@click.option("--name-field", required=True, help="Column with its name.")
@click.option("--kind-field", help="Column with its kind.")
@click.option("--households-field", help="Column with its households.")
@click.option("--population-field", help="Column with its population.")
@crs_option
@as_json
def import_places_command(
    file: Path,
    code_field: str,
    name_field: str,
    kind_field: str | None,
    households_field: str | None,
    population_field: str | None,
    crs: str | None,
    json_line: bool,
) -> None:
    """Import places (points or polygons) from any vector file."""
    from geodata.areas import import_places

    done = import_places(
        Home.from_environment(),
        file,
        code_field=code_field,
        name_field=name_field,
        kind_field=kind_field,
        households_field=households_field,
        population_field=population_field,
        crs=crs,
    )
    report(done.to_json(), json_line=json_line)


@click.group()
def cases() -> None:
    """Cases: import, count, locate anew."""


@cases.command("import")
@file_argument
@click.option("--profile", required=True, help="Name of an import profile, or a YAML file.")
@crs_option
@click.option("--zone", help="Time zone of naive times, instead of the profile's.")
@as_json
def import_cases_command(
    file: Path, profile: str, crs: str | None, zone: str | None, json_line: bool
) -> None:
    """Import a CSV, Excel or Parquet file; the same file twice changes nothing."""
    from app.cases.uploads import import_file

    with progress_bar(f"Importing {file.name}") as tell:
        done = import_file(
            Home.from_environment(),
            file,
            profile,
            crs=crs,
            zone=zone,
            progress=lambda step: tell(
                round(100 * step.fraction), 100, f"{step.stage} {step.rows:,} rows"
            ),
        )
    language = terminal_language()
    report(done.to_json("en" if json_line else language), json_line=json_line)
    if done.rejects_path:
        say(
            f"被拒绝的行及原因：{done.rejects_path}"
            if language == "zh"
            else f"rejected rows and their reasons: {done.rejects_path}"
        )


@cases.command("relocate")
@as_json
def relocate_command(json_line: bool) -> None:
    """Locate every stored case anew, against the current boundaries."""
    from geodata.intake import relocate_cases

    report(relocate_cases(Home.from_environment()).to_json(), json_line=json_line)
