"""Complaint demand by district and dimension of 七有五性, to stand beside service supply."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl
from sqlalchemy import delete, select

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.cases.disclosure import disclosed
from app.cases.facts.columns import CODED
from app.cases.listing import choices
from app.cases.windows import Window
from app.db import Database
from app.errors import InvalidParameter, changed_meanwhile
from app.hotspots.filtered.attribution import COLUMNS, townships_meant
from app.hotspots.filtered.forms import Attribution
from app.hotspots.geography import townships
from app.townships.assessment.district_index import DIMENSIONS
from app.townships.assessment.models import ClassDimension
from geodata.areas import OUTSIDE, boundary_version
from geodata.home import Home
from geodata.store import CaseStore

PER = 10_000
"""People that demand is told by."""

ATTRIBUTION: Attribution = "reported"
"""By the place complained of, as the board's default."""


@dataclass(frozen=True)
class Demand:
    """Cases of the classes of some dimensions in a district.

    Attributes
    ----------
    cases : int
        Negative where a small count is not told.
    people : float or None
        None where a township of the district has no population.
    """

    cases: int
    people: float | None

    @property
    def per_people(self) -> float | None:
        """Cases by 10,000 people; None where people, or a small count of cases, are not told."""
        return PER * self.cases / self.people if self.people and self.cases >= 0 else None


def dimensions_of_classes(database: Database) -> dict[str, str]:
    """Return class 1 → dimension; classes of no dimension are not in it."""
    with database.session() as session:
        return {row.class_1: row.dimension for row in session.scalars(select(ClassDimension))}


def fingerprint(mapping: Mapping[str, str]) -> str:
    """Return a short text that is another where the mapping is."""
    text = json.dumps(dict(sorted(mapping.items())), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def set_dimensions(access: Access, home: Home, mapping: Mapping[str, str], seen: str) -> None:
    """Say which dimension each class belongs to; classes that are left out belong to none.

    Raises
    ------
    InvalidParameter
        A class or a dimension is none.
    Conflict
        Somebody else changed it since it was `seen`.
    """
    access.require_township(Permission.ASSESS, None)
    before = dimensions_of_classes(access.database)
    known = {*choices(home)["class_1"], *before}
    for name, dimension in mapping.items():
        if name not in known or dimension not in DIMENSIONS:
            raise InvalidParameter(
                f"{name[:80]!r} → {dimension[:40]!r}: not a class, or none of the dimensions",
                f"“{name[:80]}”→“{dimension[:40]}”：没有这个分类，或不是七有五性的维度",
            )
    if fingerprint(before) != seen:
        raise changed_meanwhile("the dimensions of classes", "问题分类的维度对应")
    with access.database.session() as session:
        session.execute(delete(ClassDimension))
        session.add_all(ClassDimension(class_1=name, dimension=dimension)
                        for name, dimension in mapping.items())  # fmt: skip
        access.record("indicator.classes", ("indicator", "classes"), before, dict(mapping),
                      session=session)  # fmt: skip


def demand(
    home: Home, window: Window, mapping: Mapping[str, str], *, exact: bool
) -> dict[tuple[str, str], Demand]:
    """Return (district, dimension) → demand; the dimension ``""`` is of all that have one.

    Parameters
    ----------
    home : Home
    window : Window
        When the cases were received.
    mapping : mapping
        Class 1 → dimension.
    exact : bool
        Whether small counts are told.
    """
    version, boundaries = CaseStore(home).version, boundary_version(home, "township")
    if version is None or boundaries is None or not mapping:
        return {}
    counted = _counted(home, version, boundaries, window)
    people = _people(home, boundaries)
    found: dict[tuple[str, str], int] = {
        (district, dimension): 0 for district in people for dimension in ("", *mapping.values())
    }
    for (district, class_1), n in counted.items():
        if class_1 in mapping:
            found[district, mapping[class_1]] += n
            found[district, ""] += n
    return {key: Demand(n if exact else disclosed(n), people[key[0]]) for key, n in found.items()}


@lru_cache(maxsize=8)
def _counted(
    home: Home, _version: int, boundaries: str, window: Window
) -> dict[tuple[str, str], int]:
    """Count cases by district and class 1."""
    areas = townships(home, boundaries)
    naming = CODED[COLUMNS[ATTRIBUTION]]
    grouped = (
        CaseStore(home)
        .scan(columns=["month", "received_local", "class_1", *naming])
        .filter(window.received() & pl.col("class_1").is_not_null())
        .group_by("class_1", *naming)
        .agg(n=pl.len().cast(pl.Int64))
        .collect(engine="streaming")
    )
    at = townships_meant(areas, grouped.select(naming).rows(), ATTRIBUTION)
    found: dict[tuple[str, str], int] = {}
    for where, class_1, n in zip(at, grouped["class_1"], grouped["n"], strict=True):
        if where == OUTSIDE:
            continue
        district = areas.district_codes[where] or areas.district_names[where]
        if district:
            key = (str(district), str(class_1))
            found[key] = found.get(key, 0) + int(n)
    return found


def _people(home: Home, boundaries: str) -> dict[str, float | None]:
    """Return the people of each district; None where one of its townships has no population."""
    areas = townships(home, boundaries)
    sums: dict[str, float] = {}
    rows = zip(areas.district_codes, areas.district_names, areas.population, strict=True)
    for code, name, people in rows:
        if code or name:
            district = str(code or name)
            sums[district] = sums.get(district, 0.0) + float(people)
    return {district: None if np.isnan(n) else n for district, n in sums.items()}
