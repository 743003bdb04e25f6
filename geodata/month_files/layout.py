"""What a month file of cases looks like, and how its columns are written."""

from __future__ import annotations

import uuid
from pathlib import Path

import pyarrow as pa

from geodata.schema import CASE_SCHEMA, with_codes

PARTITION = "month"

GROUP_ROWS = 1 << 16
"""Rows of a row group, the unit in which Parquet is written and skipped."""


def without_month(schema: pa.Schema) -> pa.Schema:
    """Return the columns of a table's files; Delta tells the month by the folder.

    Examples
    --------
    >>> without_month(pa.schema([("case_id", pa.string()), ("month", pa.string())])).names
    ['case_id']
    """
    return schema.remove(schema.get_field_index(PARTITION))


FILE_SCHEMA = without_month(CASE_SCHEMA)
"""Columns of a file of cases."""

INCOMPRESSIBLE = ("caller", "received_at", "received_local", "cell")
"""Snappy saves a tenth of them and takes a third of the time of writing."""

RANGED = ("received_at", "received_local", "updated_at")
"""Columns whose range in a row group may let a reader skip it."""

WRITTEN_SCHEMA = with_codes(FILE_SCHEMA)
"""As `FILE_SCHEMA`, the texts that repeat as dictionaries; Parquet makes text of both."""

CODED = [field.name for field in WRITTEN_SCHEMA if pa.types.is_dictionary(field.type)]
DISTINCT = tuple(
    field.name
    for field in FILE_SCHEMA
    if field.name not in CODED and not pa.types.is_boolean(field.type)
)
"""Values that hardly ever repeat: a dictionary of them costs time and saves nothing."""

COMPRESSION = {
    field.name: "none" if field.name in INCOMPRESSIBLE else "snappy" for field in FILE_SCHEMA
}
NULLABLE = {field.name for field in FILE_SCHEMA if field.nullable}


def file_name(kind: str) -> str:
    """Return a name for files that no other file of the store has."""
    return f"{kind}-{uuid.uuid4().hex}"


def month_of(path: Path) -> str:
    """Return the month of a staged file.

    Examples
    --------
    >>> month_of(Path("staging/month=2024-05/a.parquet"))
    '2024-05'
    """
    return path.parent.name.removeprefix(f"{PARTITION}=")
