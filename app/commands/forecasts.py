"""Check which forecast would have found most of the next cases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from app.commands.acting import note
from app.commands.results import day
from app.terminal import as_json, progress_bar, report
from geodata.home import Home


@click.command("backtest")
@click.option(
    "--from", "start", type=day, help="First day; three years before the end if not given."
)
@click.option(
    "--to", "end", type=day, help="The day after the last; by default after the last case."
)
@click.option("--class", "classes", multiple=True, help="Only cases of this class; repeatable.")
@click.option("--resolution", type=click.IntRange(8, 10), default=9, help="H3 resolution.")
@click.option("--seed", type=click.IntRange(0), default=1, help="Of the intervals.")
@as_json
def backtest_command(
    start: datetime | None,
    end: datetime | None,
    classes: tuple[str, ...],
    resolution: int,
    seed: int,
    json_line: bool,
) -> None:
    """Compare forecasts of the next 28 days on what is stored; the same check is made once."""
    from app.hotspots.backtesting.forms import BacktestArguments
    from app.hotspots.backtesting.making import make_backtest

    arguments = BacktestArguments.read(
        start=start.date() if start else None,
        end=end.date() if end else None,
        classes=classes,
        resolution=resolution,
        seed=seed,
    )
    home = Home.from_environment()
    with progress_bar("Checking forecasts") as tell:
        made = make_backtest(
            home,
            arguments,
            lambda done, total: tell(done, total, f"window {done + 1} of {total}"),
        )
    record = made.to_json()
    note("backtest.create", ("backtest", record["backtest"]))
    if json_line:
        report(record, json_line=True)
        return
    for line in table_lines(record):
        click.echo(line)
    whole = ("backtest", "from", "to", "located", "unlocated", "cells", "windows", "left_out")
    report({name: record[name] for name in whole} | {"next": record["next"]}, json_line=False)


def table_lines(record: dict[str, Any]) -> list[str]:
    """Return the figures as aligned lines, one block for each share of the area."""
    against = f"hits against {record['baseline']}"
    lines = []
    for i, share in enumerate(record["shares"]):
        lines.append(
            f"{100 * share:g} % of the area, {record['windows']} windows of "
            f"{record['horizon_days']} days, {record['cases_in_windows']:,} cases"
        )
        heads = f"{'method':<24}{'hit rate %':>22}{'PAI':>8}{'PEI':>8}{'RRI':>8}"
        lines.append(f"{heads}  {against}, %")
        for name, method in {**record["methods"], "picked": record["picked"]}.items():
            pai, pei, rri = (method[each][i]["value"] for each in ("pai", "pei", "rri"))
            gain = _percent(method["gain"][i], "+") if name != record["baseline"] else "0"
            lines.append(
                f"{name:<24}{_percent(method['hit_rate'][i]):>22}"
                f"{pai:>8.2f}{pei:>8.3f}{_plain(rri):>8}  {gain}"
            )
        lines.append("")
    return lines


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _percent(figure: dict[str, float | None], sign: str = "") -> str:
    """Return a share in per cent with its interval, if it has one."""
    value, low, high = figure["value"], figure["low"], figure["high"]
    if value is None:
        return "-"
    shown = f"{100 * value:{sign}.2f}"
    if low is None or high is None:
        return shown
    return f"{shown} ({100 * low:{sign}.2f} to {100 * high:{sign}.2f})"
