"""Population of areas: from a column of the vector file or from a table beside it."""

from __future__ import annotations

import csv
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geodata.areas.vector_files import Texts, no_column, parse_numbers
from geodata.errors import MissingColumn, UnreadableFile

_ENCODINGS = ("utf-8-sig", "gb18030")
_DELIMITERS = ",;\t|"


@dataclass(frozen=True)
class PopulationReport:
    """What is known of the population.

    Attributes
    ----------
    given : int
        Areas with a population.
    missing : tuple of str
        Names of areas without one.
    column : str or None
        Where the numbers come from, None when none were given.
    unmatched : tuple of str
        Rows of the table that fit no area.
    """

    given: int
    missing: tuple[str, ...]
    column: str | None = None
    unmatched: tuple[str, ...] = ()


def report_population(
    population: NDArray[np.float64], names: Texts, column: str | None
) -> PopulationReport:
    """Count the areas with a population and name those without.

    Examples
    --------
    >>> names = np.array(["东街", "西街"], dtype=object)
    >>> report_population(np.array([10.0, np.nan]), names, "people")
    PopulationReport(given=1, missing=('西街',), column='people', unmatched=())
    """
    known = ~np.isnan(population)
    return PopulationReport(int(known.sum()), tuple(names[~known]), column)


def read_population_file(
    path: Path, codes: Texts, names: Texts, column: str | None = None
) -> tuple[NDArray[np.float64], PopulationReport]:
    """Read a table of populations and match its rows to areas by code or name.

    The column with most matches identifies the areas. Without `column` the last column of
    numbers is taken: such tables run from old to new.

    Parameters
    ----------
    path : Path
        CSV or TSV with a header, UTF-8 or GB18030.
    codes, names : ndarray of object, shape (n,)
        The areas.
    column : str, optional
        Header of the numbers.

    Returns
    -------
    population : ndarray of float, shape (n,)
        NaN where the table has none.
    report : PopulationReport

    Raises
    ------
    UnreadableFile
        When it is no such table, or no row fits an area.
    MissingColumn
        When there is no such column.
    """
    header, rows = _read_table(path)
    keys = [{_key(code): i for i, code in enumerate(codes)}]
    keys.append({_key(name): i for i, name in enumerate(names)})
    ways = [(at, areas) for at in range(len(header)) for areas in keys]
    identifier, areas = max(ways, key=lambda way: len(_keys(rows, way[0]) & way[1].keys()))
    if not _keys(rows, identifier) & areas.keys():
        raise UnreadableFile(
            f"{path.name}: no row has the code or the name of an area",
            f"{path.name}：没有一行的编码或名称与边界中的区域对得上",
        )
    numbers_at = _numbers_column(path, header, rows, identifier, column)
    population = np.full(len(codes), np.nan)
    unmatched = []
    for row, number in zip(rows, parse_numbers([row[numbers_at] for row in rows]), strict=True):
        area = areas.get(_key(row[identifier]))
        if area is None:
            unmatched.append(row[identifier].strip())
        else:
            population[area] = number
    plain = report_population(population, names, header[numbers_at])
    report = PopulationReport(plain.given, plain.missing, plain.column, tuple(unmatched))
    return population, report


def _read_table(path: Path) -> tuple[list[str], list[list[str]]]:
    if not path.is_file():
        raise UnreadableFile(f"{path.name}: no such file", f"{path.name}：没有这个文件")
    text = _decode(path)
    delimiter = max(_DELIMITERS, key=text.partition("\n")[0].count)
    rows = [row for row in csv.reader(text.splitlines(), delimiter=delimiter) if any(row)]
    if len(rows) < 2 or len(rows[0]) < 2:
        raise UnreadableFile(
            f"{path.name}: expected a header and rows with an area and its population",
            f"{path.name}：应为带表头的表格，每行一个区域及其人口",
        )
    header = [name.strip() for name in rows[0]]
    width = len(header)
    return header, [(row + [""] * width)[:width] for row in rows[1:]]


def _decode(path: Path) -> str:
    content = path.read_bytes()
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile(
        f"{path.name}: neither UTF-8 nor GB18030 text",
        f"{path.name}：不是 UTF-8 或 GB18030 编码的文本",
    )


def _key(text: str | None) -> str:
    return unicodedata.normalize("NFKC", text or "").strip().casefold()


def _keys(rows: list[list[str]], at: int) -> set[str]:
    return {_key(row[at]) for row in rows}


def _numbers_column(
    path: Path, header: list[str], rows: list[list[str]], identifier: int, column: str | None
) -> int:
    if column is not None:
        if column not in header:
            raise no_column(path.name, column, header)
        return header.index(column)
    for at in reversed(range(len(header))):
        numbers = parse_numbers([row[at] for row in rows])
        if at != identifier and np.isfinite(numbers).sum() * 2 > len(rows):
            return at
    raise MissingColumn(
        f"{path.name}: no column of numbers, found {', '.join(header)}",
        f"{path.name}：没有数字列；现有的列是{'、'.join(header)}",
    )
