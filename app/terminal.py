"""How commands speak: results on stdout, everything else on stderr."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import clock_gettime, monotonic
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

_IMPORTED = monotonic()

LANGUAGE_VARIABLES = ("SUYUAN_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
"""Environment variables that name the language of messages; the first that is set decides."""

as_json = click.option("--json", "json_line", is_flag=True, help="One JSON line on stdout.")
"""Option of every command that reports."""


def seconds_since_start() -> float:
    """Return the wall time since this process began, imports included."""
    try:
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        # Field 22 of the whole line: start in clock ticks after boot.
        started = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return round(clock_gettime(7) - started, 3)  # 7 is CLOCK_BOOTTIME
    except (OSError, ValueError, IndexError):
        return round(monotonic() - _IMPORTED, 3)


def report(record: Mapping[str, Any], *, json_line: bool, timed: bool = True) -> None:
    """Write a result: one JSON line, or one line a figure for people; timed unless a mere look."""
    written = {**record, "seconds": seconds_since_start()} if timed else record
    if json_line:
        click.echo(json.dumps(written, ensure_ascii=False, default=str))
        return
    for name, value in written.items():
        if value not in (None, "", [], {}, ()):
            click.echo(f"{name.replace('_', ' '):>18}  {_shown(value)}")


def report_list(records: list[dict[str, Any]], *, json_line: bool, line: str) -> None:
    """Write a list: one JSON line, or one formatted line each."""
    if json_line:
        click.echo(json.dumps(records, ensure_ascii=False, default=str))
        return
    for record in records:
        click.echo(line.format(**record))


def terminal_language() -> str:
    """Return the language of messages: ``$SUYUAN_LANGUAGE``, else the locale's; ``zh`` or ``en``.

    JSON is read by programs and stays English.
    """
    for variable in LANGUAGE_VARIABLES:
        if chosen := os.environ.get(variable):
            return "zh" if chosen.lower().startswith("zh") else "en"
    return "en"


def say(message: str) -> None:
    """Tell the person something that is no result."""
    click.echo(message, err=True)


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int | None, str], None]]:
    """Show a bar on stderr; gives a function of (done, total or None, what is being done)."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True)
    # Without a terminal a bar would only leave empty lines in the log.
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(title, total=None, note="")

        def tell(done: int, total: int | None, note: str) -> None:
            bar.update(task, completed=done, total=total, note=note)

        yield tell


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.1f}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_shown(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(_shown(each) for each in value)
    return str(value)
