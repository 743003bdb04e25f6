"""A table of addresses in, the same table with places out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from geodata.errors import MissingColumn, UnreadableFile
from geodata.geocoding.geocoder import LEVELS, Geocoded, Geocoder
from geodata.geocoding.online import OnlinePoint
from geodata.profiles import Profile
from geodata.reading.readers import open_table
from geodata.reading.tables import TableSource
from geodata.spreadsheets import SpreadsheetWriter

COLUMNS = ("place", "township", "lat", "lng", "level", "score", "accepted", "matched")
"""What is written after the columns of the file."""

ONLINE_COLUMNS = ("online_lat", "online_lng", "online_name")
"""Written besides where a service may be asked: its first answer to rows that are not accepted."""

DECIMALS = 6

Asker = Callable[[str, str | None, str | None], Sequence[OnlinePoint] | None]
"""Asks a service for an address as reported in a district and township; None: it was not asked."""


@dataclass(frozen=True)
class GeocodeReport:
    """How many rows of a table were placed, and how."""

    rows: int
    accepted: int
    """Rows whose score reaches the threshold."""
    below_threshold: int
    """Rows with a guess that does not: for a person to look at."""
    unplaced: int
    """Rows for which nothing was found."""
    with_place: int
    """Accepted rows that mean a place of the register."""
    with_point: int
    """Accepted rows with coordinates."""
    levels: dict[str, int]
    """Accepted rows by level."""
    threshold: float
    out: str
    asked_online: int = 0
    """Rows not accepted for which a service was asked (or had been before)."""
    answered_online: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a JSON line."""
        return asdict(self)


def geocode_table(
    geocoder: Geocoder,
    path: Path,
    out: Path,
    *,
    address_field: str,
    district_field: str | None = None,
    township_field: str | None = None,
    ask: Asker | None = None,
    progress: Callable[[float, int], None] = lambda _fraction, _rows: None,
) -> GeocodeReport:
    """Place the addresses of a CSV, Excel or Parquet file and write all its rows with the answers.

    Answers below the threshold are written too, with ``accepted`` false, so that they can be
    looked through; nothing is left out and the order stays. With `ask`, an online service is asked
    for these; what it says stands in columns of its own (`ONLINE_COLUMNS`) and accepts nothing.

    Raises
    ------
    UnreadableFile
        When the file is no table, or has rows that are none of it.
    MissingColumn
        When a named column does not exist.
    """
    wanted = [name for name in (address_field, district_field, township_field) if name]
    source = _open(path, wanted)
    names = list(source.header.columns)
    counts = dict.fromkeys(LEVELS, 0)
    totals = np.zeros(5, dtype=np.int64)
    online = np.zeros(2, dtype=np.int64)
    draft = out.with_name(f"{out.name}.part")
    try:
        with draft.open("w", encoding="utf-8-sig", newline="") as file:
            writer = SpreadsheetWriter(file)
            added = COLUMNS if ask is None else (*COLUMNS, *ONLINE_COLUMNS)
            writer.writerow((*names, *_new_names(names, added)))
            for fraction, columns in _batches(source):
                asked = [
                    columns[name] if name else None
                    for name in (address_field, district_field, township_field)
                ]
                found = geocoder.geocode(asked[0] or [], asked[1], asked[2])
                told = None
                if ask is not None:
                    told = _ask_rows(ask, asked, found, partial(progress, fraction))
                    online += [sum(t is not None for t in told), sum(bool(t) for t in told)]
                _write(writer, columns, found, told)
                totals += _count(found, counts)
                progress(fraction, int(totals[0]))
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)
    rows, accepted, unplaced, with_place, with_point = (int(total) for total in totals)
    levels: dict[str, int] = {level: count for level, count in counts.items() if count}
    return GeocodeReport(
        rows, accepted, rows - accepted - unplaced, unplaced, with_place, with_point, levels,
        geocoder.threshold, str(out), int(online[0]), int(online[1]),
    )  # fmt: skip


def _open(path: Path, wanted: Sequence[str]) -> TableSource:
    """Open a table with every column that has a name."""
    first = open_table(path, _profile(dict.fromkeys(wanted)))
    names = [name for name in first.header.names if name.strip()]
    twice = next((name for at, name in enumerate(names) if name in names[:at]), None)
    if twice is not None:
        raise MissingColumn(
            f"{path.name}: two columns are called '{twice}'; rename one",
            f"{path.name}：有两列都叫“{twice}”；请改名后再试",
        )
    exact = {name: next((n for n in names if n == name), None) for name in wanted}
    missing = next((name for name, found in exact.items() if found is None), None)
    if missing is not None:
        raise MissingColumn(
            f"{path.name}: no column is called '{missing}'; found {', '.join(names)}",
            f"{path.name}：没有名为“{missing}”的列；找到的列：{'、'.join(names)}",
        )
    # The columns asked for stay required, so that the same row is found to be the header.
    return open_table(path, _profile(dict.fromkeys(names), tuple(wanted)))


def _profile(names: dict[str, None], required: tuple[str, ...] | None = None) -> Profile:
    # Fields here are the file's own headers, not those of cases: the rules for profiles of cases
    # do not apply, the readers only look up headers.
    return Profile.model_construct(
        name="geocode",
        zone="UTC",
        columns={name: (name,) for name in names},
        required=tuple(names) if required is None else required,
    )


def _batches(source: TableSource) -> Iterator[tuple[float, dict[str, list[str | None]]]]:
    for batch in source.batches():
        if batch.rejects.num_rows:
            row = batch.rejects.column("source_row")[0].as_py()
            raise UnreadableFile(
                f"{source.file}: row {row} has another shape than the header; mend it first",
                f"{source.file}：第 {row} 行的列数与表头不符；请先改好",
            )
        columns = {name: _texts(batch.rows.column(name)) for name in source.header.columns}
        # Rows without a single cell are no rows: spreadsheets end in thousands of them.
        full = [at for at, row in enumerate(zip(*columns.values(), strict=True)) if any(row)]
        yield batch.fraction, {name: [cells[at] for at in full] for name, cells in columns.items()}


def _texts(column: pa.Array) -> list[str | None]:
    return [None if cell is None else str(cell) for cell in column.to_pylist()]


def _new_names(names: Sequence[str], added: Sequence[str]) -> list[str]:
    """Return names for the answers that no column of the file has."""
    return [name if name not in names else f"geocoded_{name}" for name in added]


Told = list[Sequence[OnlinePoint] | None]


def _ask_rows(
    ask: Asker,
    asked: list[list[str | None] | None],
    found: Geocoded,
    progress: Callable[[int], None],
) -> Told:
    """Ask a service for the rows that were not accepted."""
    told: Told = []
    for at, text in enumerate(asked[0] or []):
        district, township = (column[at] if column else None for column in asked[1:])
        told.append(None if found.accepted[at] or not text else ask(text, district, township))
        progress(at + 1)
    return told


def _degrees(value: float) -> Decimal | None:
    # Not as text: the sign of a number begins no formula.
    return None if np.isnan(value) else Decimal(f"{value:.{DECIMALS}f}")


def _online_cells(points: Sequence[OnlinePoint] | None) -> tuple[Decimal | None, Any, str | None]:
    first = next(iter(points or ()), None)
    return (_degrees(first.lat), _degrees(first.lng), first.name) if first else (None, None, None)


def _write(
    writer: SpreadsheetWriter,
    columns: dict[str, list[str | None]],
    found: Geocoded,
    told: Told | None,
) -> None:
    for at, cells in enumerate(zip(*columns.values(), strict=True)):
        answer = (
            found.place[at], found.township[at], _degrees(found.lat[at]), _degrees(found.lng[at]),
            found.level[at], f"{found.score[at]:.3f}", bool(found.accepted[at]), found.matched[at],
        )  # fmt: skip
        online = () if told is None else _online_cells(told[at])
        writer.writerow((*cells, *answer, *online))


def _count(found: Geocoded, counts: dict[Any, int]) -> np.ndarray[Any, np.dtype[np.int64]]:
    accepted = found.accepted
    for level in found.level[accepted].tolist():
        counts[level] += 1
    nothing = np.array([level is None for level in found.level], dtype=bool)
    placed = np.array([place is not None for place in found.place], dtype=bool)
    return np.array(
        [
            len(found), accepted.sum(), (nothing & ~accepted).sum(), (placed & accepted).sum(),
            (accepted & ~np.isnan(found.lng)).sum(),
        ],
        dtype=np.int64,
    )  # fmt: skip
