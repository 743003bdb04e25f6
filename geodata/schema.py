"""The case: one hotline record, as the case store keeps it.

`SOURCE_COLUMNS` hold what the file says, `LOCATION_COLUMNS` what locating adds. Together they make
`CASE_SCHEMA`, whose order is the order of the columns in the store.
"""

import pyarrow as pa

STORE_RESOLUTION = 11
"""H3 resolution of the stored cells (edge about 29 m); coarser ones are parents, on demand."""

FLAGS = (
    "no_coordinates",
    "zero",
    "whole_degree",
    "swapped",
    "outside_area",
    "default_point",
    "area_centre",
    "coarse",
)
"""Reasons, in the order in which they are tried, why coordinates were not used."""

SATISFACTION = ("满意", "基本满意", "一般", "不满意", "未评价")
"""The answers a callback may give, best first; the last means that none was given."""

INSTANT = pa.timestamp("us", tz="UTC")
WALL_CLOCK = pa.timestamp("us")

_TEXT = pa.string()

_SOURCE_FIELDS = (
    pa.field("case_id", _TEXT, nullable=False),
    pa.field("received_at", INSTANT, nullable=False),
    pa.field("received_local", WALL_CLOCK, nullable=False),
    pa.field("zone", _TEXT, nullable=False),
    pa.field("month", _TEXT, nullable=False),
    pa.field("channel", _TEXT),
    pa.field("kind", _TEXT),
    pa.field("class_1", _TEXT),
    pa.field("class_2", _TEXT),
    pa.field("class_3", _TEXT),
    pa.field("title", _TEXT),
    pa.field("content", _TEXT),
    pa.field("caller", _TEXT),
    pa.field("caller_kind", _TEXT),
    pa.field("address", _TEXT),
    pa.field("tags", _TEXT),
    pa.field("enterprise", _TEXT),
    pa.field("time_limit_hours", pa.float64()),
    pa.field("lead_handler", _TEXT),
    pa.field("assisting_handler", _TEXT),
    pa.field("handler", _TEXT),
    pa.field("reported_district", _TEXT),
    pa.field("reported_township", _TEXT),
    pa.field("reported_community", _TEXT),
    pa.field("reported_place", _TEXT),
    pa.field("due_at", INSTANT),
    pa.field("closed_at", INSTANT),
    pa.field("updated_at", INSTANT),
    pa.field("status", _TEXT),
    pa.field("result", _TEXT),
    pa.field("callback_at", INSTANT),
    pa.field("callback_channel", _TEXT),
    pa.field("valid", pa.bool_()),
    pa.field("responded", pa.bool_()),
    pa.field("resolved", pa.bool_()),
    pa.field("effect", _TEXT),
    pa.field("attitude", _TEXT),
    pa.field("satisfaction", _TEXT),
    pa.field("assessed", pa.bool_()),
    pa.field("unreasonable", pa.bool_()),
    pa.field("overdue", pa.bool_()),
    pa.field("source_lng", pa.float64()),
    pa.field("source_lat", pa.float64()),
    pa.field("source_crs", _TEXT),
)

_LOCATION_FIELDS = (
    pa.field("lng", pa.float64()),
    pa.field("lat", pa.float64()),
    pa.field("location_method", _TEXT),
    pa.field("location_quality", _TEXT),
    pa.field("flags", pa.list_(pa.string())),
    pa.field("located", pa.bool_(), nullable=False),
    pa.field("township_only", pa.bool_(), nullable=False),
    pa.field("cell", pa.int64()),
    pa.field("township", _TEXT),
    pa.field("district", _TEXT),
    pa.field("place", _TEXT),
)

_BATCH_FIELD = pa.field("batch", _TEXT, nullable=False)

SOURCE_SCHEMA = pa.schema(_SOURCE_FIELDS)
CASE_SCHEMA = pa.schema([*_SOURCE_FIELDS, *_LOCATION_FIELDS, _BATCH_FIELD])

SOURCE_COLUMNS = tuple(field.name for field in _SOURCE_FIELDS)
LOCATION_COLUMNS = tuple(field.name for field in _LOCATION_FIELDS)

SOURCE_ROW = "source_row"
"""Extra column of parsed rows: the row of the file (1-based, header included) it came from."""

HARDLY_REPEATING = ("case_id", "title", "content", "caller", "address", "result")
"""Texts of which a dictionary costs time and saves nothing."""


def with_codes(schema: pa.Schema) -> pa.Schema:
    """Return a schema with texts that repeat as dictionaries: each is written once, rows count it.

    Examples
    --------
    >>> with_codes(CASE_SCHEMA).field("channel").type
    DictionaryType(dictionary<values=string, indices=int32, ordered=0>)
    """
    coded = pa.dictionary(pa.int32(), pa.string())
    return pa.schema(
        field.with_type(coded)
        if pa.types.is_string(field.type) and field.name not in HARDLY_REPEATING
        else field
        for field in schema
    )


def written_out(table: pa.Table) -> pa.Table:
    """Return a table with dictionaries of text as text, for those who compare and count.

    Examples
    --------
    >>> coded = pa.table({"a": pa.array(["x", None]).dictionary_encode()})
    >>> written_out(coded).schema.field("a").type
    DataType(string)
    """
    plain = [
        field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field
        for field in table.schema
    ]
    return table.cast(pa.schema(plain))


PARSED_SCHEMA = with_codes(
    pa.schema([*_SOURCE_FIELDS, pa.field(SOURCE_ROW, pa.int64(), nullable=False)])
)
"""Columns of rows that are parsed and not yet located."""
