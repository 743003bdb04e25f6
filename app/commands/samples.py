"""Sample cities of any size, for tests of load and scale."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.terminal import as_json, progress_bar, report

if TYPE_CHECKING:
    from geodata.sample.large import LargeSample


@click.command("sample")
@click.option("--cases", type=int, required=True, help="Rows in all; 50_000_000 can be written so.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for the files.")
@click.option("--format", "format_", type=click.Choice(["csv", "parquet"]), default="parquet")
@click.option("--seed", type=int, default=1, help="The same seed gives the same bytes.")
@click.option("--months", type=int, default=24, help="Months from January 2024.")
@click.option("--districts", type=int, default=16, help="Districts of the city.")
@click.option("--townships", type=int, default=232, help="Its townships; area and people follow.")
@click.option(
    "--files", type=click.Choice(["one", "month"]), default="one", help="One file, or one a month."
)
@click.option("--faults", type=float, default=0.0, help="Share of bad rows, at most 0.25.")
@click.option(
    "--updates",
    type=float,
    default=0.0,
    help="Share of cases that come again, closed, in a second file.",
)
@as_json
def sample(
    cases: int,
    out: Path,
    format_: str,
    seed: int,
    months: int,
    districts: int,
    townships: int,
    files: str,
    faults: float,
    updates: float,
    json_line: bool,
) -> None:
    """Write a sample city of any size: cases, boundaries and places, in bounded memory."""
    from geodata.sample.large import Order, write_large_city

    order = Order(
        cases=cases,
        seed=seed,
        months=months,
        districts=districts,
        townships=townships,
        format=format_,
        by_month=files == "month",
        faults=faults,
        updates=updates,
    )
    with progress_bar("Writing the sample") as tell:
        written = write_large_city(
            order, out, lambda done, total: tell(done, total, f"{done:,} rows")
        )
    report(_as_record(written), json_line=json_line)


def _as_record(written: LargeSample) -> dict[str, Any]:
    return {
        "cases": written.cases,
        "updates": written.updates,
        "faults": written.faults,
        "profile": "suyuan",
        "case_files": [str(path) for path in written.case_files],
        "update_files": [str(path) for path in written.update_files],
        **{name: str(path) for name, path in written.map_files._asdict().items()},
        "bytes": written.bytes,
    }
