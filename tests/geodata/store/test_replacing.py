"""Rows put in place of others by copying columns: as if whole months had been written anew."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from deltalake import DeltaTable
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.schema import CASE_SCHEMA
from geodata.store import CaseStore, UpsertCounts, tables
from tests.geodata.store.deliveries import case, locate, new_store, stage, stored_rows


def bring(store: CaseStore, folder: Path, batch: str, *rows: dict) -> UpsertCounts:
    staged = stage(folder, *(row | {"batch": batch} for row in rows))
    return store.upsert(staged, {"batch": batch}, locate).counts


def files(store: CaseStore) -> list[str]:
    return sorted(Path(name).name.split("-")[0] for name in store._cases.files())


def test_changed_rows_take_their_old_places(tmp_path: Path) -> None:
    store = new_store(tmp_path / "home")
    rows = [case(f"{n:03}", n % 60) for n in range(200)]
    bring(store, tmp_path / "s", "1", *rows)
    before = store.scan().collect()
    changed = [row | {"title": "办结", "valid": True} for row in rows[::50]]
    assert bring(store, tmp_path / "s", "2", *changed, case("new", 3)) == UpsertCounts(1, 4)
    assert "changes" in files(store)
    assert files(store).count("replaced") == len({row["month"] for row in changed})
    after = store.scan().collect()
    for month in {row["month"] for row in changed}:
        there, now = (frame.filter(month=month)["case_id"].to_list() for frame in (before, after))
        assert [case_id for case_id in now if case_id != "new"] == there
    told = {row["case_id"]: row for row in after.iter_rows(named=True)}
    for row in before.iter_rows(named=True):
        new = row["case_id"] in {each["case_id"] for each in changed}
        other = {"title": "办结", "valid": True, "batch": "2", "township": "办结"} if new else {}
        assert told[row["case_id"]] | {"cell": 0} == row | other | {"cell": 0}
    # Other readers of Delta tables see the same, and older versions stay.
    delta = pa.table(DeltaTable(str(store._cases.path)).to_pyarrow_table())
    assert pl.DataFrame(delta).sort("case_id")["title"].equals(after.sort("case_id")["title"])
    assert sum(map(len, store.read_batches(50))) == 201
    assert store.scan(0).collect().equals(before)


def test_a_case_that_leaves_its_month_is_written_anew(tmp_path: Path) -> None:
    store = new_store(tmp_path / "home")
    bring(store, tmp_path / "s", "1", case("a"), case("b"))
    bring(store, tmp_path / "s", "2", case("a", 60), case("b", title="x"))
    assert files(store) == ["part", "part"]
    assert {i: row["month"] for i, row in stored_rows(store).items()} == {
        "a": "2025-04", "b": "2025-01",
    }  # fmt: skip


def test_months_of_many_files_are_written_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "MOST_FILES", 2)
    store = new_store(tmp_path / "home")
    for name in "abc":
        bring(store, tmp_path / "s", name, case(name))
    assert len(files(store)) == 3
    bring(store, tmp_path / "s", "d", case("b", title="x"))
    assert files(store) == ["part"]
    assert {i: row["title"] for i, row in stored_rows(store).items()} == {
        "a": "t", "b": "x", "c": "t",
    }  # fmt: skip


rows = st.fixed_dictionaries(
    {
        "title": st.sampled_from(["x", "y", None]),
        "closed": st.booleans(),
        "day": st.sampled_from([0, 1, 40]),
        "lng": st.sampled_from([None, 116.4]),
    }
)
batches = st.lists(
    st.dictionaries(st.sampled_from("abcdefgh"), rows, min_size=1, max_size=8),
    min_size=1, max_size=5,
)  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(batches=batches)
def test_the_store_is_the_same_either_way(tmp_path_factory, batches) -> None:
    folder = tmp_path_factory.mktemp("stores")
    seen = []
    for most in (tables.MOST_ROWS, -1):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tables, "MOST_ROWS", most)
            store = new_store(folder / f"home{most}")
            for number, batch in enumerate(batches):
                told = [
                    case(i, row["day"], title=row["title"], source_lng=row["lng"],
                         closed_at=None if not row["closed"] else case(i, 90)["received_at"])
                    for i, row in batch.items()
                ]  # fmt: skip
                bring(store, folder / f"s{most}", str(number), *told)
            names = CASE_SCHEMA.names
            lives = {i: store.history_of(i) for i in stored_rows(store)}
            seen.append((stored_rows(store, *names), lives))
    assert seen[0] == seen[1]
