"""Place phrases found in real complaints: a table that a person can judge, and its figures.

    python -m benchmarks.place_phrases OUT.csv [--data ../shared/data] [--texts 60] [--seed 1]
    python -m benchmarks.place_phrases MARKED.csv --score

Texts are masked. OUT must lie outside the repository: the texts are not ours to publish. A person
who judges adds a column `places` with the places that each text names, parted by spaces, a question
mark before those that are to count neither way; `--score` then tells precision and recall of
distinct names.
"""

from __future__ import annotations

import argparse
import csv
import re
from pathlib import Path

import polars as pl

from geodata.geocoding import find_place_phrases
from geodata.privacy import mask_text
from geodata.spreadsheets import SpreadsheetWriter

SHOWN = 220
"""Characters of a text that are shown."""

LEAST_SHARED = 0.5
"""A name within another means the same place if it has this share of its characters."""

_PART = re.compile(r"(?<=..)(?:[A-Z\d一二三四五六七八九十]+[期区栋])+$")
"""Phases and buildings, which are left aside."""


def write_table(table: pl.DataFrame, out: Path) -> None:
    """Write texts and the phrases found in them."""
    with out.open("w", encoding="utf-8-sig", newline="") as file:
        writer = SpreadsheetWriter(file)
        writer.writerow(["text", "phrases"])
        for title, content in table.select("留言主题", "留言详情").iter_rows():
            text = mask_text(f"{title} {' '.join(content.split())}"[:SHOWN])
            found = " | ".join(f"{each.text} ({each.kind})" for each in find_place_phrases(text))
            writer.writerow([text, found])


def score(marked: Path) -> str:
    """Tell precision and recall against the places that a person marked."""
    found = right = exact = wanted = hit = whole = texts = 0
    with marked.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            marks = row["places"].split()
            places = [_bare(mark) for mark in marks if not mark.startswith("?")]
            open_ = [_bare(mark[1:]) for mark in marks if mark.startswith("?")]
            phrases = {_bare(each.text) for each in find_place_phrases(row["text"])}
            judged = [
                phrase
                for phrase in phrases
                if _means_any(phrase, places) or not _means_any(phrase, open_, part=True)
            ]
            texts += 1
            found += len(judged)
            right += sum(_means_any(phrase, places) for phrase in judged)
            exact += sum(phrase in places for phrase in judged)
            wanted += len(places)
            hit += sum(_means_any(place, phrases) for place in places)
            whole += sum(place in phrases for place in places)
    return (
        f"{texts} texts: {right} of {found} phrases are a place ({right / found:.1%}; to the "
        f"character {exact / found:.1%}); {hit} of {wanted} places are found ({hit / wanted:.1%}; "
        f"to the character {whole / wanted:.1%})"
    )


def _bare(name: str) -> str:
    return _PART.sub("", name)


def _means_any(name: str, others: list[str] | set[str], *, part: bool = False) -> bool:
    return any(_same(name, other) or (part and other in name) for other in others)


def _same(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return shorter in longer and len(shorter) >= LEAST_SHARED * len(longer)


def main() -> None:
    """Write the table, or score a marked one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--texts", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--score", action="store_true", help="OUT has a column of marks: figures")
    arguments = parser.parse_args()
    if arguments.score:
        print(score(arguments.out))
        return
    repository = Path(__file__).resolve().parent.parent
    if arguments.out.resolve().is_relative_to(repository):
        parser.error("OUT must lie outside the repository")
    table = pl.read_parquet(arguments.data / "changsha_complaints.parquet")
    write_table(table.sample(arguments.texts, seed=arguments.seed, shuffle=True), arguments.out)


if __name__ == "__main__":
    main()
