"""Compare two periods: where cases rose or fell by more than chance."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from app.commands.acting import note
from app.commands.results import day
from app.terminal import as_json, progress_bar, report
from geodata.home import Home

AREAS_SHOWN = 20
"""Changed areas that people are shown; JSON has all of them."""


@click.command("compare")
@click.option("--from", "start", type=day, required=True, help="First day of this period.")
@click.option("--to", "end", type=day, required=True, help="The day after its last.")
@click.option(
    "--with-from", "with_start", type=day, required=True, help="First day of the other period."
)
@click.option("--with-to", "with_end", type=day, required=True, help="The day after its last.")
@click.option("--class", "classes", multiple=True, help="Only cases of this class; repeatable.")
@click.option("--resolution", type=click.IntRange(8, 10), default=9, help="H3 resolution.")
@click.option(
    "--measure",
    type=click.Choice(["reports", "callers", "incidents"]),
    default="reports",
    help="What cells and townships count.",
)
@as_json
def compare_command(
    start: datetime,
    end: datetime,
    with_start: datetime,
    with_end: datetime,
    classes: tuple[str, ...],
    resolution: int,
    measure: str,
    json_line: bool,
) -> None:
    """Compare two periods, the whole city's change taken out; the same again is the same bytes."""
    from app.hotspots.comparing.forms import CompareArguments
    from app.hotspots.comparing.making import make_comparison

    arguments = CompareArguments.read(
        start=start.date(),
        end=end.date(),
        with_start=with_start.date(),
        with_end=with_end.date(),
        classes=classes,
        resolution=resolution,
        measure=measure,
    )
    with progress_bar("Comparing") as tell:
        made = make_comparison(Home.from_environment(), arguments, tell)
    record = made.to_json()
    note("comparison.create", ("comparison", made.id))
    if json_line:
        report(record, json_line=True)
        return
    for line in area_lines(record["areas"]):
        click.echo(line)
    report({name: each for name, each in record.items() if name != "areas"}, json_line=False)


def area_lines(areas: list[dict[str, Any]]) -> list[str]:
    """Return the surest changed areas as aligned lines."""
    lines = [f"{'':<8}{'cells':>6}{'before':>8}{'after':>8}{'ratio':>8}{'q':>10}  where"]
    for area in areas[:AREAS_SHOWN]:
        ratio = "new" if area["ratio"] is None else f"{area['ratio']:.2f}"
        where = f"{area['strongest']} {'、'.join(area['townships'])}"
        lines.append(
            f"{area['direction']:<8}{area['cells']:>6}{area['before']:>8,}{area['after']:>8,}"
            f"{ratio:>8}{area['q_value']:>10.2g}  {where}"
        )
    return lines if areas else ["no area changed by more than the city and chance"]
