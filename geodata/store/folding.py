"""A case as the fold of its deliveries: each field from the newest that had its column."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from geodata.coordinates import BD09, GCJ02, WGS84
from geodata.schema import SOURCE_COLUMNS
from geodata.store.matching import source_time

SHIFTED_SYSTEMS = (WGS84, GCJ02, BD09)
"""Systems that are taken for each other; others are no matter of a shift."""

COORDINATES = ("source_lng", "source_lat", "source_crs")
"""Say nothing without each other, so they are delivered together."""

DERIVED = ("received_local", "zone", "month")
"""Follow from ``received_at``, which every file has."""


def delivered_columns(fields: Iterable[str]) -> tuple[str, ...]:
    """Return the columns of the store that a file with these fields speaks of.

    Parameters
    ----------
    fields : iterable of str
        Input fields that the file's header names.

    Examples
    --------
    >>> delivered_columns(["case_id", "received_at", "source_lat"])
    ('case_id', 'received_at', 'received_local', 'zone', 'month', 'source_lng', 'source_lat',
     'source_crs')
    """
    named = {*fields, *DERIVED}
    if "class_path" in named:
        named |= {"class_1", "class_2", "class_3"}
    named.discard("source_crs")
    if named & set(COORDINATES):
        named |= set(COORDINATES)
    return tuple(name for name in SOURCE_COLUMNS if name in named)


@dataclass(frozen=True)
class BatchFacts:
    """What folding must know of a batch.

    Attributes
    ----------
    order : int
        Later imports have higher numbers; decides between equal times of the source.
    columns : tuple of str
        Of `SOURCE_COLUMNS`, those that its file had.
    digest : str or None
        Of the file's content and how it was read.
    system : str or None
        Coordinate system that somebody gave its coordinates in degrees, whatever the file says.
    """

    order: int
    columns: tuple[str, ...] = SOURCE_COLUMNS
    digest: str | None = None
    system: str | None = None


def resolve_witnesses(deliveries: pl.DataFrame) -> pl.DataFrame:
    """Give witness rows the values of the delivery that they are like.

    Parameters
    ----------
    deliveries : polars.DataFrame
        ``case_id``, ``batch``, ``same_as`` (a batch, or null where the row has values of its
        own) and the other `SOURCE_COLUMNS`.
    """
    own = deliveries.filter(pl.col("same_as").is_null())
    witnesses = deliveries.filter(pl.col("same_as").is_not_null()).select(
        "case_id", "batch", "same_as"
    )
    values = own.drop("same_as").rename({"batch": "same_as"})
    told = witnesses.join(values, on=["case_id", "same_as"], how="inner")
    return pl.concat([own, told.select(own.columns)])


def in_order(deliveries: pl.DataFrame, batches: Mapping[str, BatchFacts]) -> pl.DataFrame:
    """Sort deliveries by case, the source's own time, and order of import."""
    orders = {name: facts.order for name, facts in batches.items()}
    order = pl.col("batch").replace_strict(orders, return_dtype=pl.Int64)
    return deliveries.with_columns(
        time=source_time(), order=order, source_crs=_system(batches)
    ).sort("case_id", "time", "order")


def _system(batches: Mapping[str, BatchFacts]) -> pl.Expr:
    """Return the coordinate system of rows: what somebody gave the batch that has their values."""
    given = {name: facts.system for name, facts in batches.items() if facts.system is not None}
    named = pl.col("source_crs")
    if not given:
        return named
    values_of = pl.coalesce("same_as", "batch")
    declared = values_of.replace_strict(given, default=None, return_dtype=pl.String)
    return pl.when(named.is_in(SHIFTED_SYSTEMS)).then(pl.coalesce(declared, named)).otherwise(named)


def fold(deliveries: pl.DataFrame, batches: Mapping[str, BatchFacts]) -> pl.DataFrame:
    """Return the current row of each case.

    A field comes from the newest delivery whose file had its column: a blank cell is a value, a
    column that is not in the file leaves the field as it was.

    Parameters
    ----------
    deliveries : polars.DataFrame
        As `resolve_witnesses` returns them.
    batches : mapping of str to BatchFacts
        Of all batches among the deliveries.

    Returns
    -------
    polars.DataFrame
        `SOURCE_COLUMNS`, ``batch`` (which delivered the newest values first) and ``newest``.
    """
    ordered = in_order(deliveries, batches)
    present = set(ordered["batch"].unique())
    fields = [
        _newest(name, {b for b in present if name in batches[b].columns}, present)
        for name in SOURCE_COLUMNS
        if name != "case_id"
    ]
    brought = pl.coalesce("same_as", "batch").last().alias("batch")
    newest = pl.col("time").last().alias("newest")
    rows = ordered.group_by("case_id", maintain_order=True).agg(*fields, brought, newest)
    return rows.select(*SOURCE_COLUMNS, "batch", "newest")


def _newest(name: str, having: Collection[str], present: Collection[str]) -> pl.Expr:
    if len(having) == len(present):
        return pl.col(name).last()
    return pl.col(name).filter(pl.col("batch").is_in(sorted(having))).last()
