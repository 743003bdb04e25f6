"""The life of a case as pages and scripts show it: deliveries and changes, masked."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from app.accounts.areas import AREA_COLUMNS, Area
from app.cases.batches import list_batches
from app.errors import Missing
from geodata.home import Home
from geodata.privacy import mask_address
from geodata.store import IMPORT, CaseLife, CaseStore

MARK = re.compile(r"[0-9a-f]{16}")
"""A case's mark in addresses: the number itself may hold a telephone number or a name."""

_HIDDEN = ("caller",)
"""A keyed hash says nothing to a reader."""

_CALLBACK = (
    "callback_at", "callback_channel", "valid", "responded", "resolved", "satisfaction", "effect",
    "attitude",
)  # fmt: skip

_SEED_BYTES = 8

Tell = Callable[[str], str]
"""How texts of cases are told: masked, or by `as_it_is`."""


def as_it_is(text: str) -> str:
    """Tell a text as it was delivered: only to who may unmask it."""
    return text


@dataclass(frozen=True)
class ToldDelivery:
    """One delivery as a page shows it.

    Attributes
    ----------
    file : str
    same_as : str or None
        File that had told the same before.
    columns : int
        How many columns of the case its file had.
    changes : tuple of (str, str, str)
        Field, before, after; empty texts where nothing was told.
    """

    batch: str
    file: str
    imported_at: datetime | None
    time: datetime
    same_as: str | None
    columns: int
    changes: tuple[tuple[str, str, str], ...]


def mark_of(home: Home, month: str, case_id: str) -> str:
    """Return the two parts of a case's address, ``month/mark``."""
    marks = pl.DataFrame({"case_id": [case_id]}).select(_mark(home))
    return f"{month}/{marks.item():016x}"


def marks_of(home: Home, case_ids: list[str]) -> list[str]:
    """Return the marks of many cases."""
    hashes = pl.DataFrame({"case_id": case_ids}, schema={"case_id": pl.String}).select(_mark(home))
    return [f"{value:016x}" for value in hashes["case_id"]]


def find_case(home: Home, area: Area, month: str, mark: str) -> str:
    """Return the id of the case of an area with a mark, looked for in its month, then in all.

    Raises
    ------
    Missing
        There is none.
    """
    if MARK.fullmatch(mark):
        cases = area.keep_cases(CaseStore(home).scan(columns=["case_id", "month", *AREA_COLUMNS]))
        here = _mark(home) == int(mark, 16)
        for part in (cases.filter(pl.col("month") == month), cases):
            found = part.filter(here).head(1).collect(engine="streaming")
            if found.height:
                return str(found["case_id"][0])
    raise Missing("no such case; open it from the list again", "没有这件诉求，请从列表重新打开")


def address_of(home: Home, area: Area, case_id: str) -> str:
    """Return ``month/mark`` of a case of an area.

    Raises
    ------
    NotFound, Missing
        No case of the area has this id: whether another has it is not told.
    """
    current = CaseStore(home).history_of(case_id).current
    if not lies_within(area, current):
        raise Missing("no case has this id", "没有这个编号的诉求")
    return mark_of(home, current["month"], case_id)


def lies_within(area: Area, row: dict[str, Any]) -> bool:
    """Tell whether a stored case is of an area."""
    schema = dict.fromkeys(AREA_COLUMNS, pl.String)
    one = pl.DataFrame([{name: row[name] for name in AREA_COLUMNS}], schema)
    return not area.keep_cases(one.lazy()).collect().is_empty()


def life_of(home: Home, case_id: str) -> CaseLife:
    """Return the life of a case."""
    return CaseStore(home).history_of(case_id)


def told(home: Home, life: CaseLife, tell: Tell = mask_address) -> tuple[ToldDelivery, ...]:
    """Return the deliveries of a case as a page shows them, the first one first."""
    batches = {b["batch"]: b for b in list_batches(home) if b["kind"] == IMPORT}
    zone = ZoneInfo(life.current["zone"])

    def file_of(batch: str | None) -> str:
        return (batches.get(batch or "", {}).get("file") or batch) if batch else ""

    return tuple(
        ToldDelivery(
            batch=delivery.batch,
            file=file_of(delivery.batch),
            imported_at=batches.get(delivery.batch, {}).get("imported_at"),
            time=delivery.time.astimezone(zone).replace(tzinfo=None),
            same_as=file_of(delivery.same_as) or None,
            columns=len(delivery.values),
            changes=tuple(
                (change.field, shown(change.before, zone, tell), shown(change.after, zone, tell))
                for change in changes
                if change.field not in _HIDDEN
            ),
        )
        for delivery, changes in zip(life.deliveries, life.changes_by_delivery, strict=True)
    )


def callback_of(life: CaseLife, tell: Tell = mask_address) -> dict[str, str] | None:
    """Return what the last callback said; None where there was none."""
    row, zone = life.current, ZoneInfo(life.current["zone"])
    said = {name: shown(row[name], zone, tell) for name in _CALLBACK}
    return said if any(row[name] is not None for name in _CALLBACK) else None


def life_to_json(home: Home, life: CaseLife) -> dict[str, Any]:
    """Return a case's life as scripts read it, masked."""
    zone = ZoneInfo(life.current["zone"])
    return {
        "case_id": life.case_id,
        "month": life.current["month"],
        "status": life.current["status"],
        "batch": life.current["batch"],
        "deliveries": [
            {
                "batch": delivery.batch,
                "file": delivery.file,
                "imported_at": delivery.imported_at and delivery.imported_at.isoformat(),
                "time": delivery.time.isoformat(),
                "same_as": delivery.same_as,
                "columns": delivery.columns,
            }
            for delivery in told(home, life)
        ],
        "changes": [
            {
                "field": change.field,
                "before": _plain(change.before, zone),
                "after": _plain(change.after, zone),
                "batch": change.batch,
                "time": change.time.astimezone(zone).replace(tzinfo=None).isoformat(),
            }
            for change in life.changes
            if change.field not in _HIDDEN
        ],
    }


def _plain(value: Any, zone: ZoneInfo) -> Any:
    """Return a value as scripts read it."""
    return value if value is None or isinstance(value, bool | float) else shown(value, zone)


def shown(value: Any, zone: ZoneInfo, tell: Tell = mask_address) -> str:
    """Return a value as people read it: times on the clock of the case, texts as they are told.

    Yes and no are ``yes`` and ``no``: pages have words of their own for them.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        local = value.astimezone(zone) if value.tzinfo else value
        return f"{local:%Y-%m-%d %H:%M}"
    return tell(str(value))


def _mark(home: Home) -> pl.Expr:
    """Hash ids with a seed of the home's secret: fast over millions, mute without it."""
    return pl.col("case_id").hash(int.from_bytes(home.caller_key()[:_SEED_BYTES]))
