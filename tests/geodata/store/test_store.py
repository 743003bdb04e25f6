"""The case store against a plain dictionary, and the promises of its versions."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.home import Home
from geodata.schema import CASE_SCHEMA
from geodata.store import CaseStore, UpsertCounts
from tests.geodata.store.deliveries import case, locate, stage


def upsert(store: CaseStore, paths: list[Path], **facts) -> UpsertCounts:
    return store.upsert(paths, {"batch": "b", **facts}, locate).counts


@pytest.fixture
def store(tmp_path: Path) -> CaseStore:
    return CaseStore(Home.at(tmp_path / "home"))


def titles(store: CaseStore, version: int | None = None) -> dict[str, str]:
    return dict(store.scan(version, ["case_id", "title"]).collect().sort("case_id").rows())


def test_one_commit_a_batch_and_none_for_nothing(store: CaseStore, tmp_path: Path) -> None:
    assert store.version is None
    assert store.scan().collect().is_empty()
    assert store.batches() == []
    rows = case("a", batch="1"), case("b", 1, batch="1"), case("c", 40, batch="1")
    first, again = stage(tmp_path / "s", *rows), stage(tmp_path / "s", *rows)
    assert upsert(store, first, batch="1", digest="same file") == UpsertCounts(3)
    assert store.version == 0
    assert upsert(store, again, batch="2", digest="same file") == UpsertCounts(unchanged=3)
    assert upsert(store, []) == UpsertCounts()
    assert store.version == 0
    changed = case("b", 1, title="new", batch="3")
    mixed = stage(tmp_path / "s", case("a", batch="3"), changed, case("d", 70, batch="3"))
    assert upsert(store, mixed, batch="3") == UpsertCounts(1, 1, 1)
    assert store.version == 1
    assert titles(store) == {"a": "t", "b": "new", "c": "t", "d": "t"}
    assert [(entry["batch"], entry["version"]) for entry in store.batches()] == [("3", 1), ("1", 0)]


def test_another_batch_alone_is_no_change(store: CaseStore, tmp_path: Path) -> None:
    """Another file with the same rows bears witness: the case stays where it came from."""
    upsert(store, stage(tmp_path / "s", case("a", batch="1")), batch="1")
    again = stage(tmp_path / "s", case("a", batch="2"))
    assert upsert(store, again, batch="2") == UpsertCounts(unchanged=1)
    assert store.scan().collect()["batch"].to_list() == ["1"]
    assert [(d.batch, d.same_as) for d in store.history_of("a").deliveries] == [
        ("1", None), ("2", "1"),
    ]  # fmt: skip


def test_a_case_may_move_to_another_month(store: CaseStore, tmp_path: Path) -> None:
    upsert(store, stage(tmp_path / "s", case("a"), case("b"), case("c", 1)))
    later = stage(tmp_path / "s", case("a", 60, batch="2"))
    assert upsert(store, later, batch="2") == UpsertCounts(updated=1)
    months = dict(store.scan(columns=["case_id", "month"]).collect().rows())
    assert months == {"a": "2025-04", "b": "2025-01", "c": "2025-02"}


def test_every_version_stays_readable(store: CaseStore, tmp_path: Path) -> None:
    for number in range(12):
        row = case("a", title=f"t{number}", batch=str(number))
        upsert(store, stage(tmp_path / "s", row), batch=str(number))
    assert [titles(store, version)["a"] for version in range(12)] == [f"t{n}" for n in range(12)]
    assert len(store.batches()) == 12


def test_an_id_may_be_staged_once(store: CaseStore, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="only once"):
        upsert(store, stage(tmp_path / "s", case("a"), case("a", 1)))
    assert store.version is None


def test_counts(store: CaseStore, tmp_path: Path) -> None:
    upsert(store, stage(tmp_path / "s", case("a"), case("b", located=False, batch="x")))
    counts = store.count()
    assert (counts.cases, counts.distinct_ids, counts.batches) == (2, 2, 2)
    assert (counts.located, counts.unlocated, counts.township_only) == (1, 1, 0)


def test_stored_types_are_the_schema(store: CaseStore, tmp_path: Path) -> None:
    upsert(store, stage(tmp_path / "s", case("a"), case("b", 40)))
    expected = pl.DataFrame(pl.from_arrow(CASE_SCHEMA.empty_table())).schema
    assert store.scan().collect_schema() == expected
    tables = list(store.read_batches(1))
    assert all(table.schema.equals(CASE_SCHEMA) for table in tables)
    assert sum(len(table) for table in tables) == 2


batches = st.lists(
    st.dictionaries(
        st.sampled_from("abcdef"), st.tuples(st.integers(0, 3), st.booleans()), max_size=5
    ),
    max_size=4,
)


@settings(max_examples=15, deadline=None)
@given(batches=batches)
def test_as_a_dictionary_would(tmp_path_factory: pytest.TempPathFactory, batches) -> None:
    """Files without times of change, months changing: of equal times the later import stays."""
    folder = tmp_path_factory.mktemp("store")
    store, expected = CaseStore(Home.at(folder / "home")), {}
    for number, batch in enumerate(batches):
        days = {case_id: 40 * month for case_id, (month, _) in batch.items()}
        rows = {
            i: case(i, days[i], title="new" if new else "t", batch=str(number))
            for i, (_, new) in batch.items()
        }
        before = dict(expected)
        for case_id, row in rows.items():
            known = expected.get(case_id)
            if known is None or known["received_at"] <= row["received_at"]:
                expected[case_id] = row
        told = {i: tuple(expected[i][n] for n in ("month", "title")) for i in rows}
        was = {i: tuple(before[i][n] for n in ("month", "title")) for i in rows if i in before}
        counts = (
            upsert(store, stage(folder / "s", *rows.values()), batch=str(number))
            if rows
            else UpsertCounts()
        )
        assert counts.accepted == len(rows.keys() - before.keys())
        assert counts.updated == sum(told[i] != was[i] for i in was)
        assert counts.unchanged + counts.outdated == sum(told[i] == was[i] for i in was)
        assert counts.outdated == sum(
            before[i]["received_at"] > rows[i]["received_at"] for i in was
        )
        assert titles(store) == {i: row["title"] for i, row in expected.items()}
