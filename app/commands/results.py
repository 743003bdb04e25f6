"""Make runs and take their results away."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from app.commands.acting import note
from app.terminal import as_json, progress_bar, report, report_list, say
from geodata.home import Home

OUTCOMES = {1: "hot", 0: "not hot", -1: "not tested"}
"""Status of a hot area in a variant, in words."""

VERDICT_MEANINGS = {
    "stable": "hot in every variant that could be tested",
    "local": "hot by every measure and size of cell, but not by township",
    "measure": "not hot by some measure: few people, or one thing, may have made many calls",
    "scale": "not hot at some size of cell: where it ends is open",
    "both": "not hot by some measure and at some size of cell: the weakest evidence",
    "untested": "no variant could test it",
}
"""What is said of a hot area, the strongest first."""

run_option = click.option("--run", "run_id", help="Id of a run; the newest when not given.")
day = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--from", "start", type=day, required=True, help="First day.")
@click.option("--to", "end", type=day, required=True, help="The day after the last.")
@click.option("--period", type=click.Choice(["month"]), default="month")
@click.option("--class", "classes", multiple=True, help="Only cases of this class; repeatable.")
@click.option("--resolution", type=click.IntRange(8, 10), default=9, help="H3 resolution.")
@click.option("--seed", type=click.IntRange(0), default=1)
@click.option(
    "--measure",
    type=click.Choice(["reports", "callers", "incidents"]),
    default="reports",
    help="What cells count.",
)
@click.option(
    "--also",
    "also",
    type=click.IntRange(7, 10),
    multiple=True,
    help="Another resolution to count and test in, repeatable; one coarser and, where that has "
    "at most 60,000 cells, one finer when not given.",
)
@click.option("--no-also", is_flag=True, help="In no other resolution.")
@as_json
def analyse(
    start: datetime,
    end: datetime,
    period: str,
    classes: tuple[str, ...],
    resolution: int,
    seed: int,
    measure: str,
    also: tuple[int, ...],
    no_also: bool,
    json_line: bool,
) -> None:
    """Count, test and rank; the same run again gives the same bytes."""
    from app.hotspots.forms import AnalyseArguments
    from app.townships.choosing.analysing import analyse_and_rank

    arguments = AnalyseArguments.read(
        start=start.date(),
        end=end.date(),
        period=period,
        classes=classes,
        resolution=resolution,
        seed=seed,
        measure=measure,
        resolutions=also if also or no_also else None,
    )
    home = Home.from_environment()
    with progress_bar("Analysing") as tell:
        run = analyse_and_rank(home, arguments, tell)
    note("run.create", ("run", run.id), **arguments.model_dump(mode="json"))
    report(run.to_json(), json_line=json_line)


@click.command()
@run_option
@as_json
def candidates(run_id: str | None, json_line: bool) -> None:
    """List the townships of a run by score, with what made it."""
    from app.errors import Missing
    from app.hotspots.runs import chosen_run
    from app.townships.choosing.ranking import ranked

    home = Home.from_environment()
    run = chosen_run(home, run_id)
    if run is None:
        raise Missing("there is no run yet: run `suyuan analyse` first", "还没有分析结果")
    line = "{rank:>4}  {score:6.2f}  {code:<14} {name}"
    report_list(list(ranked(home, run)), json_line=json_line, line=line)


@click.group()
def runs() -> None:
    """Results of analyses."""


@runs.command("list")
@as_json
def list_command(json_line: bool) -> None:
    """List the runs, newest first."""
    from app.hotspots.runs import list_runs

    report_list(
        [run.to_json() for run in list_runs(Home.from_environment())],
        json_line=json_line,
        line="{run}  {from} – {to}  {all:>9,} cases  {hot_cells:>5} hot cells  "
        "by {measure}, {null}",
    )


@click.command()
@run_option
@click.option("--html", type=click.Path(path_type=Path), required=True, help="File to write.")
@as_json
def export(run_id: str | None, html: Path, json_line: bool) -> None:
    """Write the map of a run as one page that opens with the network off."""
    from app.hotspots.export import export_html

    home = Home.from_environment()
    done = export_html(home, run_id, html)
    note("run.export", ("run", done["run"]), file=html)
    say(f"open {html} in any browser")
    report(done, json_line=json_line)


@click.command()
@run_option
@as_json
def sensitivity(run_id: str | None, json_line: bool) -> None:
    """Say how stable each hot area of a run is by other measures, sizes of cell and townships."""
    from app.errors import Missing
    from app.hotspots.runs import chosen_run
    from app.hotspots.sensitivity.assessing import assess_sensitivity

    home = Home.from_environment()
    run = chosen_run(home, run_id)
    if run is None:
        raise Missing("there is no run yet: run `suyuan analyse` first", "还没有分析结果")
    with progress_bar("Making variants") as tell:
        found = assess_sensitivity(home, run.id, tell)
    note("run.sensitivity", ("run", run.id))
    if json_line:
        report({"run": run.id, **found.record}, json_line=True)
        return
    areas = found.areas()
    report_list([area_line(area) for area in areas], json_line=False, line="{line}")
    for verdict in sorted({area["verdict"] for area in areas}, key=list(VERDICT_MEANINGS).index):
        say(f"{verdict:<9} {VERDICT_MEANINGS[verdict]}")
    report({"run": run.id, "verdicts": found.verdicts()}, json_line=False)


def area_line(area: dict[str, Any]) -> dict[str, str]:
    """Return the line of one hot area: its verdict, where it is, and each variant's outcome."""
    from app.hotspots.sensitivity.page import shown_share

    names = "、".join(township["name"] for township in area["townships"]) or "outside townships"
    outcomes = ", ".join(
        f"{name} {OUTCOMES[outcome['status']]}" + f" {shown_share(outcome['share']) or ''}".rstrip()
        for name, outcome in area["variants"].items()
    )
    size = len(area["cells"])
    cells = f"{size:>5} {'cell ' if size == 1 else 'cells'}"
    return {"line": f"{area['verdict']:<9}{cells} {area['count']:>8,}  {names}: {outcomes}"}
