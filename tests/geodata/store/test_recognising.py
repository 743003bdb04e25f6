"""Rows that the store has already: which are recognised, and what is known of them."""

from __future__ import annotations

import itertools
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from geodata.month_files import hash_ids, hashes_of_staged
from geodata.schema import (
    CASE_SCHEMA,
    PARSED_SCHEMA,
    SOURCE_COLUMNS,
    SOURCE_ROW,
    SOURCE_SCHEMA,
    written_out,
)
from geodata.store import CaseStore, UpsertCounts, recognising
from geodata.store.recognising import RowsToldAgain
from geodata.store.stored_months import said_by
from tests.geodata.store.deliveries import START, case, locate, new_store, stage

COLUMNS = SOURCE_COLUMNS


def parsed(*cases: dict) -> pa.Table:
    """Rows of a file, the first one in row 2."""
    rows = [
        {name: each[name] for name in SOURCE_COLUMNS} | {SOURCE_ROW: number}
        for number, each in enumerate(cases, 2)
    ]
    return pa.Table.from_pylist(rows, PARSED_SCHEMA)


def ids(rows: pa.Table) -> list[str]:
    return sorted(rows["case_id"].to_pylist())


@pytest.fixture
def store(tmp_path: Path) -> CaseStore:
    store = new_store(tmp_path / "home")
    rows = [case(name, number, batch="1") for number, name in enumerate("abcdef")]
    store.upsert(stage(tmp_path / "s", *rows), {"batch": "1"}, locate)
    return store


def told_again(store: CaseStore, tmp_path: Path) -> RowsToldAgain:
    return store.recognising(COLUMNS, tmp_path)


def test_only_what_says_the_same_is_recognised(store: CaseStore, tmp_path: Path) -> None:
    known = told_again(store, tmp_path)
    left = known.sift(
        parsed(
            case("a"),
            case("b", 1, title="changed"),
            case("c", 40),
            case("d", 3, closed_at=START + timedelta(days=9)),
            case("e", 4, valid=False),
            case("f", 5, source_lng=116.4),
            case("new"),
        )
    )
    assert ids(left) == ["b", "c", "d", "e", "f", "new"]
    assert known.months == ["2025-01"]
    assert known.scan("2").collect().select("case_id", "batch").rows() == [("a", "2")]


@pytest.mark.parametrize("told", ["a", "abc", "abcdef"])
def test_what_is_known_of_them_is_what_is_stored(
    store: CaseStore, tmp_path: Path, told: str
) -> None:
    known = told_again(store, tmp_path)
    rows = parsed(*(case(name, "abcdef".index(name)) for name in told))
    assert len(known.sift(rows)) == 0
    there = store.scan().filter(pl.col("case_id").is_in(list(told))).sort("case_id").collect()
    scanned = known.scan("1").sort("case_id").collect()
    assert scanned.equals(there)
    months = pl.concat([rows.select(there.columns) for _, rows in known.by_month()])
    assert months.sort("case_id").collect().equals(there)


def test_a_row_that_stands_twice_is_recognised_once(store: CaseStore, tmp_path: Path) -> None:
    known = told_again(store, tmp_path)
    assert ids(known.sift(parsed(*[case("a")] * 3, case("b", 1)))) == ["a", "a"]
    assert ids(known.sift(parsed(case("b", 1)))) == ["b"]


@pytest.mark.parametrize("order", list(itertools.permutations("ttx")))
def test_another_row_of_the_id_between_two_that_are_alike(
    store: CaseStore, tmp_path: Path, order: tuple[str, ...]
) -> None:
    known = told_again(store, tmp_path)
    left = known.sift(parsed(*(case("a", title=title) for title in (*order, "t", "y", "t"))))
    assert sorted(left["title"].to_pylist()) == ["t", "t", "t", "x", "y"]


def test_rows_are_given_back_whole(store: CaseStore, tmp_path: Path) -> None:
    known = told_again(store, tmp_path)
    file = parsed(case("c", 2), case("a"), case("a", title="other"), case("b", 1), case("c", 60))
    left = known.sift(file)
    name = pa.repeat(pa.scalar("2"), len(left))
    rows = locate(left.drop_columns([SOURCE_ROW]).append_column("batch", name))
    staged = stage(tmp_path / "again", *rows.select(CASE_SCHEMA.names).to_pylist())
    back = known.give_back(staged)
    expected = file.take([1, 0]) if back["case_id"][0].as_py() == "a" else file.take([0, 1])
    assert written_out(back).equals(written_out(expected))
    assert known.scan("2").collect()["case_id"].to_list() == ["b"]
    assert len(known.give_back(staged)) == 0


def test_cases_with_several_deliveries_go_the_whole_way(store: CaseStore, tmp_path: Path) -> None:
    later = case("a", title="new", batch="2", updated_at=START)
    store.upsert(stage(tmp_path / "s", later), {"batch": "2"}, locate)
    left = told_again(store, tmp_path).sift(parsed(later, case("b", 1)))
    assert ids(left) == ["a"]


def test_what_a_file_lacks_is_not_the_same(store: CaseStore, tmp_path: Path) -> None:
    """A column that only the stored row has tells it from the row without."""
    left = told_again(store, tmp_path).sift(parsed(case("a", title=None)))
    assert ids(left) == ["a"]


def test_months_too_large_for_a_few_rows_are_left(
    store: CaseStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recognising, "WORTH_KNOWING", 3)
    known = told_again(store, tmp_path)
    assert ids(known.sift(parsed(case("c", 2)))) == ["c"]
    # With the second row the month is worth a look: 1 January row, 5 of February.
    assert ids(known.sift(parsed(case("d", 3)))) == []
    monkeypatch.setattr(recognising, "MOST_ROWS", 4)
    known = told_again(store, tmp_path)
    assert ids(known.sift(parsed(case("a"), case("d", 3), case("e", 4)))) == ["d", "e"]


def test_only_witnesses_are_written(store: CaseStore, tmp_path: Path) -> None:
    known = told_again(store, tmp_path)
    known.sift(parsed(case("a"), case("b", 1), case("c", 2)))
    done = store.upsert([], {"batch": "2"}, locate, known)
    assert done.counts == UpsertCounts(unchanged=3)
    assert (done.placed.located, done.placed.unlocated) == (3, 0)
    lives = [store.history_of(name).deliveries for name in "abcd"]
    assert [[d.batch for d in life] for life in lives] == [["1", "2"]] * 3 + [["1"]]
    assert store.batches()[0]["unchanged"] == 3
    (witnesses,) = (tmp_path / "home" / "history").glob("*-02/*.parquet")
    assert pl.read_parquet(witnesses, hive_partitioning=False).columns == [
        "case_id", "batch", "same_as",
    ]  # fmt: skip


def test_texts_are_told_alike_however_they_come() -> None:
    texts = pa.chunked_array([["a", None, "b"], ["", "a"]], pa.string())
    table = pa.table({"title": texts, "address": texts})
    coded = pa.table({"title": texts.dictionary_encode(), "address": texts.dictionary_encode()})
    both = ("title", "address")
    assert said_by(table, both).tolist() == said_by(coded, both).tolist()
    assert len(set(said_by(table, both).tolist())) == 4
    for alike in (["a", "a"], [None, None], ["a", None]):
        table = pa.table({"title": pa.array(alike, pa.string())})
        coded = pa.table({"title": table["title"].dictionary_encode()})
        assert said_by(table, ["title"]).tolist() == said_by(coded, ["title"]).tolist()
    # Equal texts in two columns must not cancel each other out, nor may columns be exchanged.
    swapped = pa.table({"title": ["a", "b"], "address": ["b", "a"]})
    one, other = said_by(swapped, both)
    assert one != other


def test_every_column_counts() -> None:
    """Whatever a column's type: another value gives another hash, and so does none."""
    values = {
        pa.string(): ["x", "y"], pa.float64(): [1.0, 2.0], pa.bool_(): [True, False],
        PARSED_SCHEMA.field("received_at").type: [START, START + timedelta(seconds=1)],
        PARSED_SCHEMA.field("received_local").type: [
            START.replace(tzinfo=None), START.replace(tzinfo=None) + timedelta(microseconds=1),
        ],
    }  # fmt: skip
    for name in SOURCE_COLUMNS:
        if name in ("case_id", "month"):
            continue
        kind = SOURCE_SCHEMA.field(name).type
        plain = pa.table({name: pa.array([*values[kind], None], kind)})
        rows = plain.cast(pa.schema([PARSED_SCHEMA.field(name).with_nullable(True)]))
        assert len(set(said_by(rows, [name]).tolist())) == 3, name


def test_ids_are_told_alike_in_staged_files(tmp_path: Path) -> None:
    staged = stage(tmp_path, case("a"), case("b", 40))
    expected = hash_ids(pl.Series(["a", "b"]))
    assert np.array_equal(np.sort(hashes_of_staged(staged)), np.sort(expected))


def test_files_of_witnesses_are_merged_like_others(store: CaseStore, tmp_path: Path) -> None:
    for batch in ("2", "3", "4"):
        known = told_again(store, tmp_path)
        known.sift(parsed(case("a"), case("b", 1)))
        store.upsert([], {"batch": batch}, locate, known)
    changed = case("b", 1, title="new", batch="5", updated_at=START)
    store.upsert(stage(tmp_path / "s", changed), {"batch": "5"}, locate)
    before = [store.history_of(name) for name in "abc"]
    store.compact()
    assert [store.history_of(name) for name in "abc"] == before
    store.clean((), 0)
    assert [store.history_of(name) for name in "abc"] == before
    store.withdrawal("1").run(tmp_path, locate, {})
    assert [d.same_as for d in store.history_of("a").deliveries] == [None, "2", "2"]


def test_columns_that_change_together_do_not_cancel() -> None:
    """Hashes of columns are joined by exclusive or: equal differences would hide a change."""
    moments = [START + timedelta(minutes=n) for n in range(2_000)]
    later = [moment + timedelta(days=1) for moment in moments]
    times = ("updated_at", "closed_at", "callback_at", "due_at")
    before, after = (
        [said_by(pa.table({n: pa.array(values, PARSED_SCHEMA.field(n).type)}), [n]) for n in times]
        for values in (moments, later)
    )
    changes = np.concatenate([a ^ b for a, b in zip(before, after, strict=True)])
    answers = ("valid", "responded", "resolved", "assessed", "unreasonable", "overdue")
    for name in answers:
        told = said_by(pa.table({name: pa.array([True, False, None])}), [name])
        changes = np.append(changes, [told[0] ^ told[1], told[0] ^ told[2], told[1] ^ told[2]])
    assert len(np.unique(changes)) == len(changes)
