"""A batch that was withdrawn leaves the store as if it had never been imported."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.errors import NotFound
from geodata.schema import CASE_SCHEMA
from geodata.store import CaseStore, WithdrawalCounts
from tests.geodata.store.deliveries import locate, make_batch, new_store, stored_rows
from tests.geodata.store.test_deliveries import COLUMNS, at, files


def withdraw(store: CaseStore, batch: str, folder: Path) -> WithdrawalCounts:
    folder.mkdir()
    return store.withdrawal(batch).run(folder, locate, {})


def whole(store: CaseStore) -> tuple[dict, dict]:
    rows = stored_rows(store, *CASE_SCHEMA.names)
    return rows, {case_id: asdict(store.history_of(case_id)) for case_id in rows}


@settings(max_examples=25, deadline=None)
@given(data=st.data(), batches=files(5))
def test_withdrawn_is_never_imported(tmp_path_factory, data, batches) -> None:
    """Rows, batches and lives of all cases, after any imports and withdrawals."""
    folder = tmp_path_factory.mktemp("store")
    order = data.draw(st.permutations([b for b in batches if b.rows]))
    gone = data.draw(st.sets(st.sampled_from([b.name for b in order]))) if order else set()
    store, other = new_store(folder / "one"), new_store(folder / "two")
    waiting = []
    for batch in order:
        batch.bring(store, folder / "staged")
        waiting += [batch.name] if batch.name in gone else []
        if waiting and data.draw(st.booleans()):
            _withdraw_exactly(store, waiting.pop(0), folder)
    for name in data.draw(st.permutations(waiting)):
        _withdraw_exactly(store, name, folder)
    for batch in order:
        if batch.name not in gone:
            batch.bring(other, folder / "other-staged")
    assert whole(store) == whole(other)


def _withdraw_exactly(store: CaseStore, name: str, folder: Path) -> None:
    expected = store.withdrawal(name).preview()
    before, version = stored_rows(store, *CASE_SCHEMA.names), store.version
    assert withdraw(store, name, folder / f"withdraw-{name}") == expected
    after = stored_rows(store, *CASE_SCHEMA.names)
    assert store.version == version + 1
    assert expected.removed == len(before) - len(after)
    assert expected.reverted == sum(before[i] != after[i] for i in after)


def test_what_another_batch_brought_too_stays(tmp_path: Path) -> None:
    store = new_store(tmp_path / "home")
    rows = {name: {"title": "x", **at(0)} for name in "abc"}
    make_batch("one", COLUMNS, rows).bring(store, tmp_path / "s")
    make_batch("two", COLUMNS, {"a": rows["a"]}).bring(store, tmp_path / "s")
    assert withdraw(store, "one", tmp_path / "w") == WithdrawalCounts(removed=2, reverted=1)
    assert stored_rows(store, "case_id", "batch") == {"a": {"case_id": "a", "batch": "two"}}
    assert [d.same_as for d in store.history_of("a").deliveries] == [None]


def test_old_versions_keep_a_withdrawn_batch(tmp_path: Path) -> None:
    store = new_store(tmp_path / "home")
    make_batch("one", COLUMNS, {"a": {"title": "x", **at(0)}}).bring(store, tmp_path / "s")
    withdraw(store, "one", tmp_path / "w")
    assert store.scan().collect().is_empty()
    assert store.scan(0).collect()["case_id"].to_list() == ["a"]
    kinds = [(entry["kind"], entry.get("withdrawn")) for entry in store.batches()]
    assert kinds == [("withdrawal", "one"), ("import", None)]


def test_only_what_is_there_can_be_withdrawn(tmp_path: Path) -> None:
    store = new_store(tmp_path / "home")
    make_batch("one", COLUMNS, {"a": {"title": "x", **at(0)}}).bring(store, tmp_path / "s")
    with pytest.raises(NotFound, match="no batch 'two'"):
        store.withdrawal("two")
    withdraw(store, "one", tmp_path / "w")
    with pytest.raises(NotFound, match="withdrawn already"):
        store.withdrawal("one")
