"""Spliced Parquet files against files written whole: the same to every reader."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.parquet_footers import BINARY, DOUBLE, LIST, STRUCT, TRUE, read_footer, write_footer
from geodata.parquet_splicing import copy_with_columns

SCHEMA = pa.schema(
    [
        pa.field("case_id", pa.string(), nullable=False),
        pa.field("title", pa.string()),
        pa.field("at", pa.timestamp("us", "UTC")),
        pa.field("valid", pa.bool_()),
        pa.field("lng", pa.float64()),
        pa.field("cell", pa.int64()),
        pa.field("flags", pa.list_(pa.string())),
        pa.field("located", pa.bool_(), nullable=False),
    ]
)


NULLABLE = [field.name for field in SCHEMA if field.nullable]
TITLE = pa.schema([SCHEMA.field("title")])


def draw(rows: int, seed: int) -> pa.Table:
    """Rows of which some columns hold nulls, and one nothing else for some seeds."""
    rng = np.random.default_rng(seed)

    def some(values: list) -> list:
        kept = rng.random(rows) < rng.choice([0.0, 0.5, 1.0])
        return [value if keep else None for value, keep in zip(values, kept, strict=True)]

    words = rng.choice(["路灯不亮", "夜间施工", "", "x" * 500], rows).tolist()
    moments = [datetime.fromtimestamp(int(n), UTC) for n in rng.integers(0, 10**9, rows)]
    columns = {
        "case_id": [f"c{number}" for number in rng.integers(0, 10**6, rows)],
        "title": some(words),
        "at": some(moments),
        "valid": some((rng.random(rows) < 0.5).tolist()),
        "lng": some(rng.random(rows).tolist()),
        "cell": some(rng.integers(0, 2**60, rows).tolist()),
        "flags": some([["zero"] * int(n) for n in rng.integers(0, 3, rows)]),
        "located": (rng.random(rows) < 0.5).tolist(),
    }
    return pa.table(columns, schema=SCHEMA)


def write(path: Path, rows: pa.Table, writer: str, group: int) -> Path:
    """Write a file as several writers do: with and without dictionaries, page indexes, Rust."""
    if writer == "delta":
        write_deltalake(str(path), rows)
        (file,) = path.glob("*.parquet")
        return file
    options = {
        "plain": {"use_dictionary": False},
        "coded": {"use_dictionary": ["title"], "write_page_index": True},
        "packed": {"compression": "zstd", "data_page_version": "2.0"},
    }[writer]
    pq.write_table(rows, path, row_group_size=group, store_schema=False, **options)
    return path


@settings(max_examples=40, deadline=None)
@given(
    rows=st.integers(1, 400),
    group=st.integers(1, 150),
    seed=st.integers(0, 10**6),
    writer=st.sampled_from(["plain", "coded", "packed", "delta"]),
    columns=st.lists(st.sampled_from(SCHEMA.names), min_size=1, unique=True),
    lacking=st.sets(st.sampled_from(NULLABLE)),
)
def test_as_if_written_whole(tmp_path_factory, rows, group, seed, writer, columns, lacking) -> None:
    folder = tmp_path_factory.mktemp("splice")
    before, other = draw(rows, seed), draw(rows, seed + 1)
    if writer == "delta":  # keeps Arrow's schema beside its own
        lacking = lacking - set(columns)
    source = write(folder / "old", before.drop_columns(sorted(lacking)), writer, group)
    target = folder / "new.parquet"
    before = pa.table(
        [pa.nulls(rows, f.type) if f.name in lacking else before[f.name] for f in SCHEMA],
        schema=SCHEMA,
    )
    fields = pa.schema([SCHEMA.field(name) for name in columns])

    def change(start: int, there: pa.Table) -> pa.Table:
        assert there.equals(before.select(columns).slice(start, len(there)))
        return other.select(columns).slice(start, len(there))

    assert copy_with_columns(source, target, fields, change)
    new = [name for name in columns if name in lacking]
    names = [name for name in SCHEMA.names if name not in lacking] + new
    expected = pa.table({name: (other if name in columns else before)[name] for name in names})
    expected = expected.cast(pa.schema([SCHEMA.field(name) for name in names]))
    assert pq.read_table(target).equals(expected)
    assert pl.read_parquet(target).equals(pl.DataFrame(pl.from_arrow(expected)))
    for some in (pl.col("located"), *(pl.col(n) < 0.5 for n in names if n == "lng")):
        half = pl.scan_parquet(target).filter(some).collect()
        assert half.equals(pl.DataFrame(pl.from_arrow(expected)).filter(some))
    assert sorted(folder.iterdir()) == sorted({folder / "old", target})
    facts = pq.read_metadata(target)
    sizes = [facts.row_group(g).total_byte_size for g in range(facts.num_row_groups)]
    pieces = [
        sum(facts.row_group(g).column(c).total_uncompressed_size for c in range(facts.num_columns))
        for g in range(facts.num_row_groups)
    ]
    assert sizes == pieces
    # A spliced file is the source of the next one.
    assert copy_with_columns(target, folder / "back.parquet", fields, lambda start, there: (
        before.select(columns).slice(start, len(there))
    ))  # fmt: skip
    assert pq.read_table(folder / "back.parquet").equals(before.select(names))


def test_statistics_stay_right(tmp_path: Path) -> None:
    """Row groups are skipped by the range of a column: a new piece must not keep an old range."""
    at = [datetime(2024, 1, day, tzinfo=UTC) for day in (1, 2)]
    source, target = tmp_path / "old.parquet", tmp_path / "new.parquet"
    pq.write_table(pa.table({"at": at, "n": [1, 2]}), source, row_group_size=1)
    later = pa.table({"at": [datetime(2025, 1, day, tzinfo=UTC) for day in (1, 2)]})
    copy_with_columns(source, target, later.schema, lambda start, _: later.slice(start, 1))
    found = pl.scan_parquet(target).filter(pl.col("at") > datetime(2024, 6, 1, tzinfo=UTC))
    assert found.collect()["n"].to_list() == [1, 2]


def test_pieces_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    source, target = tmp_path / "old.parquet", tmp_path / "new.parquet"
    pq.write_table(draw(9, 1), source)

    def lose_a_row(_: int, there: pa.Table) -> pa.Table:
        return there.slice(1)

    assert not copy_with_columns(source, target, TITLE, lose_a_row)
    assert list(tmp_path.iterdir()) == [source]


def test_a_column_is_not_added_where_another_schema_would_hide_it(tmp_path: Path) -> None:
    source, target = tmp_path / "old.parquet", tmp_path / "new.parquet"
    rows = draw(9, 1)
    pq.write_table(rows.drop_columns(["title"]), source)
    assert not copy_with_columns(source, target, TITLE, lambda _, __: rows.select(["title"]))
    assert list(tmp_path.iterdir()) == [source]


def test_a_file_that_ends_too_early_is_no_file(tmp_path: Path) -> None:
    source, target = tmp_path / "old.parquet", tmp_path / "new.parquet"
    pq.write_table(draw(500, 1), source, compression="none")
    source.write_bytes(source.read_bytes()[:-20])
    with pytest.raises((pa.ArrowInvalid, OSError)):
        copy_with_columns(source, target, TITLE, lambda _, there: there)
    assert not target.exists()


NUMBERS = st.integers(-(2**63), 2**63 - 1)
SIMPLE = st.one_of(
    st.tuples(st.sampled_from([4, 5, 6]), NUMBERS),
    st.tuples(st.just(BINARY), st.binary(max_size=300)),
    st.tuples(st.just(DOUBLE), st.binary(min_size=8, max_size=8)),
    st.tuples(st.just(TRUE), st.just(TRUE)),
)
FIELDS = st.integers(1, 400)
TREES = st.recursive(
    st.dictionaries(FIELDS, SIMPLE, max_size=4),
    lambda trees: st.dictionaries(
        FIELDS,
        st.one_of(
            SIMPLE,
            st.tuples(st.just(STRUCT), trees),
            st.tuples(st.just(LIST), st.tuples(st.just(STRUCT), st.lists(trees, max_size=20))),
            st.tuples(st.just(LIST), st.tuples(st.just(6), st.lists(NUMBERS, max_size=20))),
        ),
        max_size=4,
    ),
    max_leaves=20,
)


@settings(deadline=None)
@given(tree=TREES)
def test_footers_are_read_as_written(tmp_path_factory, tree) -> None:
    path = tmp_path_factory.mktemp("footer") / "footer"
    with path.open("wb") as file:
        write_footer(file, tree)
    with path.open("rb") as file:
        assert read_footer(file) == tree


def test_a_footer_is_written_byte_by_byte_as_arrow_writes_it(tmp_path: Path) -> None:
    pq.write_table(draw(300, 3), tmp_path / "a", row_group_size=20, write_page_index=True)
    text = (tmp_path / "a").read_bytes()
    with (tmp_path / "a").open("rb") as file:
        footer = read_footer(file)
    with (tmp_path / "b").open("wb") as file:
        write_footer(file, footer)
    assert text.endswith((tmp_path / "b").read_bytes())
