"""The same records as Parquet, with column types that databases and data frames leave behind."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.geodata.fuzz.rows import Record
from tests.geodata.fuzz.tables import SEAL, STAMP, Table

_MOMENTS = (
    pa.timestamp("s"), pa.timestamp("ms"), pa.timestamp("us"), pa.timestamp("ns"),
    pa.timestamp("us", "UTC"), pa.timestamp("ns", "Asia/Shanghai"), pa.date32(), pa.date64(),
    pa.int64(), pa.float64(), pa.string(),
)  # fmt: skip
_NUMBERS = (
    pa.float64(), pa.float32(), pa.float16(), pa.decimal128(20, 6), pa.decimal256(40, 6),
    pa.int32(),
    pa.string(),
)  # fmt: skip
_TEXTS = (
    pa.string(), pa.string(), pa.string(), pa.large_string(), pa.string_view(), pa.binary(),
    pa.large_binary(), pa.dictionary(pa.int32(), pa.string()), pa.dictionary(pa.int8(),
    pa.large_string()),
)  # fmt: skip
_OTHERS = (
    pa.null(), pa.bool_(), pa.int8(), pa.uint64(), pa.time32("s"), pa.time64("ns"),
    pa.duration("s"),
    pa.decimal128(10, 2), pa.date32(), pa.dictionary(pa.int16(), pa.int64()),
)  # fmt: skip
_NESTED = (
    pa.list_(pa.string()),
    pa.struct([("a", pa.string())]),
    pa.map_(pa.string(), pa.string()),
)

_WHOLE = (pa.string(), pa.large_string(), pa.string_view())


def typed_table(
    table: Table, records: list[Record], path: Path, rng: random.Random
) -> tuple[bool, str, bool]:
    """Write the records; return whether it can be read, what types it has, and if all is text."""
    odd = rng.random() < 0.75
    stamps = {table.fields[STAMP], table.fields[SEAL]}
    mapped = {index: field for field, index in table.fields.items()}
    readable = True
    arrays: list[pa.Array] = []
    for index in range(len(table.headers)):
        kind = _type_for(mapped.get(index), index in stamps, rng) if odd else pa.string()
        if odd and rng.random() < 0.004 and index not in stamps:
            kind = rng.choice(_NESTED)
            readable = readable and index not in mapped
        arrays.append(_array([record.cells[index] for record in records], kind, rng))
    # Two columns of one name would make the file another one.
    names = [f"{name}" for name in table.headers]
    written = pa.Table.from_arrays(arrays, names=names)
    pq.write_table(
        written,
        path,
        row_group_size=rng.choice([7, 100, 10_000]),
        compression=rng.choice(["snappy", "zstd", "gzip", "none"]),
        use_dictionary=rng.random() < 0.5,
        version=rng.choice(["1.0", "2.4", "2.6"]),
    )
    kinds = ", ".join(f"{field.name}: {field.type}" for field in written.schema)
    plain = all(array.type in _WHOLE for array in arrays)
    return readable, kinds, plain


def _type_for(field: str | None, stamp: bool, rng: random.Random) -> pa.DataType:
    if stamp:
        return rng.choice(_TEXTS)
    if field is not None and field.endswith("_at"):
        return rng.choice(_MOMENTS)
    if field in ("source_lng", "source_lat", "time_limit_hours"):
        return rng.choice(_NUMBERS)
    # An id that is lost cannot be asked for; elsewhere anything may stand.
    if field != "case_id" and rng.random() < 0.1:
        return rng.choice(_OTHERS)
    return rng.choice(_TEXTS)


def _array(cells: list[str], kind: pa.DataType, rng: random.Random) -> pa.Array:
    values = [_value(cell, kind, rng) for cell in cells]
    lost = sum(value is None and cell != "" for value, cell in zip(values, cells, strict=True))
    if lost > len(cells) / 2 and not pa.types.is_null(kind):
        return pa.array(cells, pa.string())  # such a column would never have had this type
    try:
        if not pa.types.is_dictionary(kind):
            return pa.array(values, kind)
        small = pa.types.is_int8(kind.index_type) and len(set(values)) > 100
        index = pa.int32() if small else kind.index_type
        plain = pa.array(values, kind.value_type)
        return plain.dictionary_encode().cast(pa.dictionary(index, kind.value_type))
    except (pa.ArrowException, OverflowError):
        return pa.array(cells, pa.string())


_Convert = Callable[[str], Any]


def _value(cell: str, kind: pa.DataType, rng: random.Random) -> Any:
    """Turn a text into a value of the type; what cannot be turned is null."""
    for holds, convert in _CONVERTERS:
        if holds(kind):
            try:
                return convert(cell, kind, rng)
            except (ValueError, OverflowError, InvalidOperation, ArithmeticError):
                return None
    return None if cell == "" and rng.random() < 0.5 else cell


def _moment(cell: str, kind: pa.DataType, _: random.Random) -> Any:
    moment = datetime.fromisoformat(cell)
    return moment.date() if pa.types.is_date(kind) else moment.replace(tzinfo=None)


def _number(cell: str, _: pa.DataType, rng: random.Random) -> float:
    if ":" in cell:
        moment = datetime.fromisoformat(cell)
        return float(rng.choice([f"{moment:%Y%m%d}", f"{moment:%Y%m%d%H%M%S}", moment.timestamp()]))
    return float(cell)


def _whole(cell: str, kind: pa.DataType, rng: random.Random) -> int:
    number = int(_number(cell, kind, rng))
    width = 63 if kind in (pa.int64(), pa.uint64()) else 7
    return number if 0 <= number < 1 << width else number % (1 << 7)


_CONVERTERS: tuple[tuple[Callable[[pa.DataType], bool], Callable[..., Any]], ...] = (
    (pa.types.is_null, lambda *_: None),
    (pa.types.is_boolean, lambda cell, *_: {"是": True, "否": False, "1": True}.get(cell)),
    (pa.types.is_temporal, _moment),
    (pa.types.is_decimal, lambda cell, *_: round(Decimal(cell), 2)),
    (pa.types.is_floating, _number),
    (pa.types.is_integer, _whole),
    (pa.types.is_list, lambda cell, *_: [cell]),
    (pa.types.is_map, lambda cell, *_: [(cell, cell)]),
    (pa.types.is_struct, lambda cell, *_: {"a": cell}),
    (lambda kind: pa.types.is_binary(kind) or pa.types.is_large_binary(kind),
     lambda cell, *_: cell.encode()),
    (lambda kind: pa.types.is_dictionary(kind) and pa.types.is_integer(kind.value_type),
     lambda cell, *_: int(cell)),
)  # fmt: skip
