"""Find the header row of a table and tell which column is which field."""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from typing import Any

from geodata.errors import MissingColumn
from geodata.privacy import shape_of
from geodata.profiles import Profile

HEADER_SEARCH_ROWS = 20
"""Rows at the top of a file among which the header is looked for, below any titles."""

_NOTES = re.compile(r"[(\[{【〔《<].*?[)\]}】〕》>]")
_IGNORED = re.compile(r"[\s:*_\-#\"'.\ufeff\u200b]+")
_NUMBER = re.compile(r"\d{3}")
_SHOWN_HEADERS = 12


@dataclass(frozen=True)
class Header:
    """Where the header stands and which columns it gives.

    Attributes
    ----------
    row : int
        Row of the header in the file, 1-based; 0 where the file keeps names apart from rows.
    columns : dict of int
        Field → index of its column.
    names : tuple of str
        All headers, as they stand in the file.
    """

    row: int
    columns: dict[str, int]
    names: tuple[str, ...]

    def headers(self) -> dict[str, str]:
        """Field → header as it stands in the file, on one line."""
        return {field: " ".join(self.names[index].split()) for field, index in self.columns.items()}

    def unused(self) -> tuple[str, ...]:
        """Headers of the columns that are no field's, each on one line."""
        return unused_headers(self.names, self.columns)


def normalise_header(text: str, *, keep_notes: bool = False) -> str:
    """Fold what offices vary in a header: width, case, spaces, line breaks, colons, notes.

    Examples
    --------
    >>> normalise_header("承办 单位（简称）："), normalise_header("Case_ID")
    ('承办单位', 'caseid')
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    bare = _IGNORED.sub("", folded if keep_notes else _NOTES.sub("", folded))
    return bare or _IGNORED.sub("", folded)


def unused_headers(names: Sequence[str], columns: Mapping[str, int]) -> tuple[str, ...]:
    """Return the headers of columns that are no field's, each on one line.

    Examples
    --------
    >>> unused_headers(["编号", "", "备 注"], {"case_id": 0})
    ('备 注',)
    """
    used = set(columns.values())
    texts = (" ".join(name.split()) for i, name in enumerate(names) if i not in used)
    return tuple(filter(None, texts))


def match_header(names: Sequence[str], profile: Profile) -> dict[str, int]:
    """Tell which column holds which of the profile's fields.

    A header that matches with its bracketed note wins over one that matches without; of two
    synonyms the one that the profile puts first wins; of two equal headers the left one.

    Returns
    -------
    dict of int
        Field → index of its column, only for fields that the table has.
    """
    with_notes = _first_positions([normalise_header(name, keep_notes=True) for name in names])
    without = _first_positions([normalise_header(name) for name in names])
    columns = {}
    for field in profile.columns:
        for header in profile.headers_of(field):
            index = with_notes.get(normalise_header(header, keep_notes=True))
            if index is None:
                index = without.get(normalise_header(header))
            if index is not None:
                columns[field] = index
                break
    return columns


def _first_positions(names: Sequence[str]) -> dict[str, int]:
    positions: dict[str, int] = {}
    for index, name in enumerate(names):
        if name:
            positions.setdefault(name, index)
    return positions


def find_header(rows: Sequence[Sequence[Any]], profile: Profile) -> Header | None:
    """Look for the header among the first rows of a table.

    Parameters
    ----------
    rows : sequence of sequences
        The first rows, as cells; title rows may come before the header.
    profile : Profile
        Whose required fields the header must name.

    Returns
    -------
    Header or None
        The row that names most fields, the first such; None when no row names all required.
        A header of two rows, groups over names, counts as its lower row.
    """
    best: Header | None = None
    for number, names in _candidates(rows[:HEADER_SEARCH_ROWS], profile):
        columns = match_header(names, profile)
        if not all(field in columns for field in profile.required):
            continue
        if best is None or len(columns) > len(best.columns):
            best = Header(number, columns, names)
    return best


def _candidates(
    rows: Sequence[Sequence[Any]], profile: Profile
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Rows that may be the header, each alone first, then each with its group header above."""
    texts = [tuple("" if cell is None else str(cell) for cell in row) for row in rows]
    yield from enumerate(texts, start=1)
    known = {
        normalise_header(header)
        for field in profile.columns
        for header in profile.headers_of(field)
    }
    for number, (above, below) in enumerate(pairwise(texts), start=2):
        yield number, join_header_rows(above, below, known)


def join_header_rows(
    above: Sequence[str], below: Sequence[str], known: Collection[str]
) -> tuple[str, ...]:
    """Make one header of two rows: groups above, merged over their columns, and names below.

    A column is called as its group and its name together where that is a known header (办结 over
    时间), else by its name, or by the cell above where there is none below.

    Parameters
    ----------
    above, below : sequence of str
        Cells of the two rows; of a merged cell only the first is filled.
    known : collection of str
        Normalised headers that mean something.

    Examples
    --------
    >>> join_header_rows(["编号", "办结", ""], ["", "时间", "结果"], {"办结时间"})
    ('编号', '办结时间', '结果')
    """
    names, group = [], ""
    for upper, lower in zip_longest(above, below, fillvalue=""):
        group = upper if upper.strip() else group
        if not lower.strip():
            names.append(upper)
        else:
            names.append(group + lower if normalise_header(group + lower) in known else lower)
    return tuple(names)


def missing_column(file: str, rows: Sequence[Sequence[Any]], profile: Profile) -> MissingColumn:
    """Say which required column is missing, what would do, and which headers were found."""
    names = _likeliest_header(rows, profile)
    columns = match_header(names, profile)
    missing = next(field for field in profile.required if field not in columns)
    wanted = ", ".join(f"'{header}'" for header in profile.headers_of(missing)[:4])
    # A file without a header shows its first case here, and messages are kept and logged.
    is_header = columns or not any(_NUMBER.search(name) for name in names)
    shown = [" ".join(name.split())[:30] for name in names if name.strip()]
    shown = shown if is_header else [shape_of(name) for name in shown]
    found = ", ".join(f"'{name}'" for name in shown[:_SHOWN_HEADERS])
    more = f" and {len(shown) - _SHOWN_HEADERS} more" if len(shown) > _SHOWN_HEADERS else ""
    return MissingColumn(
        f"{file}: no column for {missing} (profile {profile.name} looks for {wanted} within the "
        f"first {HEADER_SEARCH_ROWS} rows); found {found or 'no headers'}{more}",
        _missing_zh(file, missing, profile, shown),
    )


def header_shown(line: str, profile: Profile) -> str:
    """Return a line as a message may show it: as it is where it is of headers, else its shape."""
    known = {
        normalise_header(name) for field in profile.columns for name in profile.headers_of(field)
    }
    words = [normalise_header(word) for word in re.split(r"\W+", line) if word]
    return line if 2 * sum(word in known for word in words) > len(words) else shape_of(line)


def _missing_zh(file: str, missing: str, profile: Profile, shown: list[str]) -> str:
    wanted = "".join(f"“{header}”" for header in profile.headers_of(missing)[:4])
    found = "".join(f"“{name}”" for name in shown[:_SHOWN_HEADERS])
    more = f"等 {len(shown)} 列" if len(shown) > _SHOWN_HEADERS else ""
    return (
        f"{file}：缺少必需的列 {missing}（导入方案 {profile.name} 在前 {HEADER_SEARCH_ROWS} 行里"
        f"查找{wanted}）；找到的表头：{found or '无'}{more}"
    )


def _likeliest_header(rows: Sequence[Sequence[Any]], profile: Profile) -> list[str]:
    candidates = [["" if cell is None else str(cell) for cell in row] for row in rows]
    candidates = candidates[:HEADER_SEARCH_ROWS] or [[]]
    return max(
        candidates,
        key=lambda names: (len(match_header(names, profile)), sum(bool(name) for name in names)),
    )
