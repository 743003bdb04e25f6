"""Place phrases found in real complaints, as a table that a person can judge.

    python -m benchmarks.place_phrases OUT.csv [--data ../shared/data] [--texts 60] [--seed 1]

Texts are masked. OUT must lie outside the repository: the texts are not ours to publish.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import polars as pl

from geodata.geocoding import find_place_phrases
from geodata.privacy import mask_text
from geodata.spreadsheets import SpreadsheetWriter

SHOWN = 300
"""Characters of a text that are shown."""


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--texts", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    repository = Path(__file__).resolve().parent.parent
    if arguments.out.resolve().is_relative_to(repository):
        parser.error("OUT must lie outside the repository")
    table = pl.read_parquet(arguments.data / "changsha_complaints.parquet")
    some = table.sample(arguments.texts, seed=arguments.seed, shuffle=True)
    with arguments.out.open("w", encoding="utf-8-sig", newline="") as file:
        writer = SpreadsheetWriter(file)
        writer.writerow(["text", "phrases"])
        for title, content in some.select("留言主题", "留言详情").iter_rows():
            text = mask_text(f"{title} {content.strip()}"[:SHOWN])
            found = " | ".join(f"{each.text} ({each.kind})" for each in find_place_phrases(text))
            writer.writerow([text, found])


if __name__ == "__main__":
    main()
