"""How much is stored and how good it is: counts by measure, false coordinates, lists."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from app.commands.acting import acting, note
from app.commands.data import cases
from app.terminal import as_json, report, terminal_language
from geodata.home import Home

BY = ("month", "class_1", "township", "district", "batch", "flag")
MEASURES = ("reports", "callers", "incidents")


@cases.command("count")
@click.option(
    "--measure", type=click.Choice(MEASURES), default="reports",
    help="What counts: reports, distinct callers, or incidents.",
)  # fmt: skip
@click.option("--by", type=click.Choice(BY), help="Count each of these.")
@as_json
def count_command(measure: str, by: str | None, json_line: bool) -> None:
    """Count what is stored: located + unlocated = cases."""
    from app.cases.counting import count_by, count_in
    from app.cases.listing import count_all

    home = Home.from_environment()
    record: dict[str, Any]
    if by is not None:
        record = {"measure": measure, "by": by, "counts": count_by(home, measure, by)}
    else:
        record = count_all(home) if measure == "reports" else count_in(home, measure)
    report(record, json_line=json_line, timed=False)


@cases.command("quality")
@click.option("--batch", help="Only of this import.")
@as_json
def quality_command(batch: str | None, json_line: bool) -> None:
    """Tell how good the coordinates are: each flag with its rule, count and share, by batch too."""
    from app.cases.listing import count_all
    from app.cases.quality import quality_of

    home = Home.from_environment()
    found = quality_of(home, "en" if json_line else terminal_language(), batch)
    if json_line:
        record = found.to_json() if found else {"cases": 0}
        counts = count_all(home)
        repeats = {name: counts[name] for name in ("exact_duplicates", "repeated")}
        report(record if batch else {**record, **repeats}, json_line=True, timed=False)
        return
    if found is None:
        report({"cases": 0}, json_line=False, timed=False)
        return
    names = ("cases", "located", "township_only", "unlocated")
    report({name: getattr(found, name) for name in names}, json_line=False, timed=False)
    for flag in found.flags:
        click.echo(f"{flag.flag:>18}  {flag.cases:,} ({flag.share:.2%})  {flag.rule}")
    for point in found.points:
        where = f"{point.lng:.6f}, {point.lat:.6f}"
        click.echo(f"{point.kind:>18}  {where}  {point.cases:,} cases {point.area or ''}".rstrip())
    for each in found.batches:
        if each.note:
            click.echo(f"{each.batch:>18}  {each.note}")


@cases.command("decide", context_settings={"ignore_unknown_options": True})
@click.argument("lng", type=float)
@click.argument("lat", type=float)
@click.option(
    "--as", "meaning", type=click.Choice(["real_place", "default_point", "undecided"]),
    required=True, help="What the coordinate is; undecided takes a decision back.",
)  # fmt: skip
@as_json
def decide_command(lng: float, lat: float, meaning: str, json_line: bool) -> None:
    """Decide what a coordinate (WGS84) means, and locate every stored case anew."""
    from app.cases.relocating import keep_decision
    from geodata.intake import relocate_cases

    home = Home.from_environment()
    made = keep_decision(acting(), home, lng, lat, meaning)
    report({**asdict(made), **relocate_cases(home).to_json()}, json_line=json_line)


@cases.command("set-crs")
@click.argument("batch")
@click.option("--crs", required=True, help="WGS84, GCJ-02 or BD-09.")
@as_json
def set_crs_command(batch: str, crs: str, json_line: bool) -> None:
    """Read the coordinates of one import in another system, and locate its cases anew."""
    from geodata.redeclaring import redeclare_batch

    home = Home.from_environment()
    done = redeclare_batch(home, batch, crs)
    note("cases.redeclare", ("batch", batch), crs=crs)
    report({"batch": batch, "crs": crs, **done.to_json()}, json_line=json_line)


@cases.command("list")
@click.option("--csv", "file", type=click.Path(path_type=Path), required=True, help="To write.")
@click.option("--flag", help="Only cases with this flag.")
@click.option("--batch", help="Only of this import.")
@click.option("--month", help="Only of this month, e.g. 2025-03.")
@click.option("--location", type=click.Choice(["located", "township_only", "unlocated"]))
@click.option("--repeat", type=click.Choice(["exact_duplicates", "repeated"]))
@click.option("--at", help="Only at this coordinate: LNG,LAT as `cases quality` names it.")
@as_json
def list_command(file: Path, json_line: bool, **chosen: str | None) -> None:
    """Write the cases that the options keep as CSV; texts are masked, formulas stay text."""
    from app.accounts.areas import EVERYWHERE
    from app.cases.case_file import write_cases
    from app.cases.forms import CaseFilter

    home = Home.from_environment()
    asked = CaseFilter.read({name: value for name, value in chosen.items() if value})
    rows = write_cases(home, EVERYWHERE, asked, file)
    note("cases.export", ("cases", ""), **asked.model_dump(exclude_none=True))
    report({"file": str(file), "cases": rows}, json_line=json_line)
