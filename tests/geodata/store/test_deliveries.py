"""Cases are the fold of their deliveries, in whatever order these were imported."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.errors import NotFound
from geodata.schema import CASE_SCHEMA
from geodata.store import UpsertCounts, delivered_columns
from tests.geodata.store.deliveries import (
    START,
    Batch,
    expected_rows,
    make_batch,
    new_store,
    stored_rows,
)

COLUMNS = ("title", "address", "resolved", "updated_at")


def at(hours: float) -> dict:
    return {"updated_at": START + timedelta(hours=hours)}


@st.composite
def files(draw, most: int = 4) -> list[Batch]:
    """Files of few cases; no two tell of one case at the same time, unless they tell the same."""
    made: list[Batch] = []
    for number in range(draw(st.integers(1, most))):
        columns = draw(st.sets(st.sampled_from(COLUMNS[:-1]), min_size=1))
        value = st.fixed_dictionaries(
            {
                "title": st.sampled_from(["x", "y", None]),
                "address": st.sampled_from(["1", "2", None]),
                "resolved": st.sampled_from([True, False, None]),
                "day": st.sampled_from([0, 40]),
            }
        )
        rows = draw(st.dictionaries(st.sampled_from("abcd"), value, max_size=4))
        hours = draw(st.integers(1, 4)) * 10_000
        rows = {i: values | at(hours + 100 * number) for i, values in rows.items()}
        batch = make_batch(f"b{number}", (*sorted(columns), "updated_at"), rows)
        if made and draw(st.booleans()):
            # Some rows are those of an earlier file, value for value.
            other = draw(st.sampled_from(made))
            batch = Batch(batch.name, other.columns, {**dict(list(other.rows.items())[:2])})
        made.append(batch)
    return made


@settings(max_examples=25, deadline=None)
@given(data=st.data(), batches=files())
def test_any_order_gives_the_same_store(tmp_path_factory, data, batches) -> None:
    """The store equals a slow fold with dictionaries, whatever the order of the imports."""
    folder = tmp_path_factory.mktemp("store")
    expected = expected_rows(batches)
    for name in ("one", "two"):
        store = new_store(folder / name)
        for batch in data.draw(st.permutations(batches)):
            before = stored_rows(store)
            counts = batch.bring(store, folder / f"{name}-staged").counts
            after = stored_rows(store)
            assert counts.accepted == len(after) - len(before)
            assert counts.updated == sum(before[i] != after[i] for i in before)
            told = counts.accepted + counts.updated + counts.unchanged + counts.outdated
            assert told == len(batch.rows)
        assert stored_rows(store) == expected
        places = stored_rows(store, "case_id", "township")
        assert {i: row["township"] for i, row in places.items()} == {
            i: row["title"] for i, row in expected.items()
        }


def test_a_callback_file_leaves_what_it_does_not_tell(tmp_path: Path) -> None:
    store = new_store(tmp_path / "home")
    full = {"title": "lamp", "address": "1 School St", "resolved": None, **at(0)}
    make_batch("full", COLUMNS, {"a": full}).bring(store, tmp_path / "s")
    called = make_batch("called", ("resolved", "updated_at"), {"a": {"resolved": True, **at(48)}})
    assert called.bring(store, tmp_path / "s").counts == UpsertCounts(updated=1)
    row = stored_rows(store)["a"]
    assert (row["title"], row["address"], row["resolved"]) == ("lamp", "1 School St", True)
    blank = {"title": "", "address": None, "resolved": True, **at(72)}
    make_batch("blank", COLUMNS, {"a": blank}).bring(store, tmp_path / "s")
    assert stored_rows(store)["a"]["address"] is None


def test_an_older_file_undoes_nothing_and_is_kept(tmp_path: Path) -> None:
    store = new_store(tmp_path / "home")
    closed = {"title": "lamp", "resolved": True, **at(48)}
    make_batch("late", COLUMNS, {"a": closed}).bring(store, tmp_path / "s")
    before = {"title": "lamp", "resolved": False, **at(1)}
    late = make_batch("early", COLUMNS, {"a": before}).bring(store, tmp_path / "s")
    assert late.counts == UpsertCounts(outdated=1)
    assert stored_rows(store)["a"]["resolved"] is True
    life = store.history_of("a")
    assert [delivery.batch for delivery in life.deliveries] == ["early", "late"]
    changes = {change.field: (change.before, change.after) for change in life.changes}
    assert changes["resolved"] == (False, True)
    assert life.changes[0].batch == "late"


def test_a_first_import_writes_no_history(tmp_path: Path) -> None:
    store = new_store(tmp_path / "home")
    rows = {str(i): {"title": "x", **at(0)} for i in range(50)}
    make_batch("one", COLUMNS, rows).bring(store, tmp_path / "s")
    assert not any((tmp_path / "home" / "history").rglob("*"))
    assert len(store.history_of("7").deliveries) == 1


def test_the_history_holds_only_cases_told_of_more_than_once(tmp_path: Path) -> None:
    store = new_store(tmp_path / "home")
    rows = {str(i): {"title": "x", **at(0)} for i in range(50)}
    make_batch("one", COLUMNS, rows).bring(store, tmp_path / "s")
    changed = {**rows, "7": {"title": "y", **at(5)}}
    make_batch("two", COLUMNS, changed).bring(store, tmp_path / "s")
    history = pl.scan_delta(str(tmp_path / "home" / "history")).collect()
    own = history.filter(pl.col("same_as").is_null())
    assert sorted(own.select("case_id", "batch").rows()) == [("7", "one"), ("7", "two")]
    witnesses = history.filter(pl.col("same_as") == "one")
    assert witnesses.height == 49
    assert witnesses["title"].null_count() == 49


def test_nobody_has_this_id(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        new_store(tmp_path / "home").history_of("nobody")


def test_columns_that_follow_from_others() -> None:
    told = delivered_columns(["case_id", "received_at", "class_path", "source_crs"])
    assert {"class_1", "class_3", "month"} <= set(told)
    assert "source_crs" not in told
    assert set(told) <= set(CASE_SCHEMA.names)
