"""The cases that an item came from: only who may read cases sees or names them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import polars as pl

from app.accounts.access import Access
from app.accounts.areas import AREA_COLUMNS, Area
from app.accounts.permissions import Permission
from app.errors import InvalidParameter
from geodata.home import Home
from geodata.store import CaseStore

MOST_NAMED = 5
"""Of cases that are not there, how many a message names."""


def known_cases(access: Access, home: Home, case_ids: Iterable[str]) -> frozenset[str]:
    """Return which cases stand in the store, within the person's own area of reading cases."""
    wanted = tuple(sorted(set(case_ids)))
    version = CaseStore(home).version
    if not wanted or version is None or not access.may(Permission.READ_CASES):
        return frozenset()
    return _known(home, version, access.area(Permission.READ_CASES), wanted)


@lru_cache(maxsize=64)
def _known(home: Home, version: int, area: Area, wanted: tuple[str, ...]) -> frozenset[str]:
    cases = CaseStore(home).scan(version, columns=["case_id", *AREA_COLUMNS])
    found = area.keep_cases(cases.filter(pl.col("case_id").is_in(wanted)))
    return frozenset(found.select("case_id").collect()["case_id"].to_list())


def unknown_cases(
    access: Access, home: Home, case_ids: Sequence[str], kept: Iterable[str] = ()
) -> list[str]:
    """Return which cases do not stand in the store; those in `kept` were named before and may.

    Parameters
    ----------
    access : Access
    home : Home
    case_ids : sequence of str
        As somebody wrote them.
    kept : iterable of str
        What the item names already: a case that was withdrawn since stays named.
    """
    new = [each for each in case_ids if each not in set(kept)]
    known = known_cases(access, home, new)
    return [each for each in new if each not in known]


def require_cases(
    access: Access, home: Home, case_ids: Sequence[str] | None, kept: Iterable[str] = ()
) -> None:
    """Check that the cases which somebody names are there.

    Raises
    ------
    Forbidden
        She may not read cases.
    InvalidParameter
        Names those that are not.
    """
    if case_ids is None:
        return
    access.area(Permission.READ_CASES)
    missing = unknown_cases(access, home, case_ids, kept)
    if missing:
        english, chinese = told_missing(missing)
        raise InvalidParameter(f"case_ids: {english}", chinese, field="case_ids")


def told_missing(missing: Sequence[str]) -> tuple[str, str]:
    """Return a line on cases that are not there, in English and in Chinese."""
    shown, more = missing[:MOST_NAMED], len(missing) > MOST_NAMED
    return (
        f"{len(missing)} not among the stored cases of your area: {', '.join(shown)}"
        + (", …" if more else ""),
        f"{len(missing)} 个工单编号在您辖区的诉求库中找不到：{'、'.join(shown)}"
        + ("……" if more else ""),
    )
