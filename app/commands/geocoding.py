"""Place the addresses of a table."""

from __future__ import annotations

from pathlib import Path

import click

from app.terminal import as_json, progress_bar, report, say, terminal_language
from geodata.home import Home


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--address-field", required=True, help="Column with the address.")
@click.option("--district-field", help="Column with the reported district: evidence, no filter.")
@click.option("--township-field", help="Column with the reported township, likewise.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="CSV to write.")
@as_json
def geocode(
    file: Path,
    address_field: str,
    district_field: str | None,
    township_field: str | None,
    out: Path,
    json_line: bool,
) -> None:
    """Place the addresses of a CSV, Excel or Parquet file by the register; no network."""
    from geodata.geocoding import geocode_table
    from geodata.placing import home_geocoder

    with progress_bar(f"Placing {file.name}") as tell:
        tell(0, 100, "register")
        geocoder = home_geocoder(Home.from_environment())
        done = geocode_table(
            geocoder,
            file,
            out,
            address_field=address_field,
            district_field=district_field,
            township_field=township_field,
            progress=lambda share, rows: tell(round(100 * share), 100, f"{rows:,} rows"),
        )
    report(done.to_json(), json_line=json_line)
    if done.below_threshold or done.unplaced:
        say(
            f"{done.below_threshold} 行未达阈值，{done.unplaced} 行未能匹配：accepted 列为 False"
            if terminal_language() == "zh"
            else f"{done.below_threshold} rows below the threshold and {done.unplaced} unplaced: "
            "their column accepted is False"
        )
