"""Which stored cases tell of one thing, repeat themselves, or were entered twice.

* An *incident*: same place (its code, else coordinates at most 60 m across), same class (second
  level, else first), each report at most `INCIDENT_DAYS` days after the one before.
* *Repeated*: by the same known caller, of the same class and place, at most `INCIDENT_DAYS` days
  after that caller's report before. The first of each chain is not repeated.
* An *exact duplicate*: same caller, same place, coordinates or else address, same three classes,
  title and content, at most `DUPLICATE_DAYS` day after the one before, under another id. The first
  of each chain is no duplicate. Reports of unknown callers are alike only if they have a text and a
  place, coordinates or address. Duplicates are counted and listed, never deleted.

Incidents are found over the whole store, so that a window or filter does not cut them. They are
numbered once for each version of the store.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from app.cases.versioned import scan_of_version
from geodata.home import Home
from geodata.store import CaseStore
from spatial.points.incidents import UNKNOWN, find_incidents, find_sites

DUPLICATE_DAYS = 1

_POSITIVE = 2**62 - 1
"""Hashes are cut to 62 bits, so that codes of clusters fit above those of places."""

COORDINATE_DECIMALS = 7
"""Coordinates are told apart to this (about 1 cm), as points do."""


def case_numbers(home: Home) -> pl.DataFrame:
    """Return ``case_id, month, incident, repeated, exact_duplicate`` of every stored case."""
    return scan_numbers(home).collect()


def scan_numbers(home: Home) -> pl.LazyFrame:
    """Return the same lazily."""
    return scan_of_version(home, "numbers", lambda: number_cases(CaseStore(home).scan()))


def with_numbers(home: Home, cases: pl.LazyFrame) -> pl.LazyFrame:
    """Add ``incident, repeated, exact_duplicate`` to stored cases."""
    # Joined by month too, so that a filter by month skips the numbers of all others.
    return cases.join(scan_numbers(home), on=["case_id", "month"], how="left")


def number_cases(cases: pl.LazyFrame) -> pl.DataFrame:
    """Give cases the number of their incident and mark what is repeated or entered twice.

    Parameters
    ----------
    cases : LazyFrame
        Columns of the store.

    Returns
    -------
    DataFrame
        ``case_id, month, incident`` (int64), ``repeated, exact_duplicate`` (bool).
    """
    rows = cases.select(
        "case_id",
        "month",
        pl.col("received_at").cast(pl.Datetime("us")).alias("when"),
        pl.col("lng", "lat").round(COORDINATE_DECIMALS),
        _code(pl.col("place")).alias("place"),
        _code(pl.coalesce("class_2", "class_1")).alias("class"),
        _code(pl.col("caller")).alias("caller"),
        _code(_told(), _is_told()).alias("told"),
    ).collect(engine="streaming")
    rows = rows.sort("when", "case_id")
    when = rows["when"].to_numpy().astype("datetime64[s]")
    lng, lat = (rows[name].fill_null(np.nan).to_numpy() for name in ("lng", "lat"))
    site = find_sites(rows["place"].to_numpy(), lng, lat)
    classes = rows["class"].to_numpy()
    by_caller = rows.select(
        _code(
            pl.struct("caller", pl.Series("site", site)),
            (pl.col("caller") != UNKNOWN) & (pl.Series("site", site) != UNKNOWN),
        )
    ).to_series()
    none = np.zeros(rows.height, dtype=np.int64)
    return rows.select(
        "case_id",
        "month",
        incident=pl.Series(find_incidents(site, classes, when).incident),
        repeated=pl.Series(_later(find_incidents(by_caller.to_numpy(), classes, when).incident)),
        exact_duplicate=pl.Series(
            _later(
                find_incidents(rows["told"].to_numpy(), none, when, days=DUPLICATE_DAYS).incident
            )
        ),
    )


def _told() -> pl.Expr:
    """All that two records share where one was entered twice."""
    return pl.struct("caller", _where(), "class_1", "class_2", "class_3", _text())


def _where() -> pl.Expr:
    coordinates = pl.struct("source_lng", "source_lat").hash().cast(pl.String)
    has_both = pl.col("source_lng").is_finite() & pl.col("source_lat").is_finite()
    return (
        pl.when(pl.col("place").is_not_null())
        .then(pl.col("place"))
        .when(has_both.fill_null(value=False))
        .then(coordinates)
        .otherwise(pl.col("address"))
        .alias("where")
    )


def _text() -> pl.Expr:
    text = pl.concat_str("title", "content", separator="\n", ignore_nulls=True)
    return text.str.strip_chars().replace("", None).alias("text")


def _is_told() -> pl.Expr:
    says, is_somewhere = _text().is_not_null(), _where().is_not_null()
    return (pl.col("caller").is_not_null() & (says | is_somewhere)) | (says & is_somewhere)


def _code(values: pl.Expr, known: pl.Expr | None = None) -> pl.Expr:
    """Return a whole number for each value, -1 for unknown ones."""
    there = values.is_not_null() if known is None else known
    hashed = (values.hash() & pl.lit(_POSITIVE, dtype=pl.UInt64)).cast(pl.Int64)
    return pl.when(there).then(hashed).otherwise(UNKNOWN)


def _later(chain: np.ndarray) -> np.ndarray:
    """Which rows, in the order of time, are not the first of their chain."""
    later = np.ones(chain.size, dtype=bool)
    later[np.unique(chain, return_index=True)[1]] = False
    return later
