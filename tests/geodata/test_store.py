"""The case store against a plain dictionary, and the promises of its versions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.home import Home
from geodata.month_files import MonthWriter, file_name, sort_by_month
from geodata.schema import CASE_SCHEMA
from geodata.store import CaseStore, UpsertCounts

START = datetime(2025, 1, 31, 12, tzinfo=UTC)


def case(
    case_id: str, day: int = 0, *, title: str = "t", batch: str = "b", located: bool = True
) -> dict:
    received = START + timedelta(days=day)
    blank = dict.fromkeys(CASE_SCHEMA.names)
    return blank | {
        "case_id": case_id,
        "received_at": received,
        "received_local": received.replace(tzinfo=None),
        "zone": "UTC",
        "month": f"{received:%Y-%m}",
        "title": title,
        "flags": [] if located else ["zero"],
        "located": located,
        "township_only": False,
        "cell": 627067323743154175 if located else None,
        "batch": batch,
    }


def stage(folder: Path, *cases: dict) -> list[Path]:
    folder.mkdir(exist_ok=True)
    with MonthWriter(folder, file_name("test")) as writer:
        writer.add(sort_by_month(pa.Table.from_pylist(list(cases), CASE_SCHEMA)))
        return writer.close()


@pytest.fixture
def store(tmp_path: Path) -> CaseStore:
    return CaseStore(Home.at(tmp_path / "home"))


def titles(store: CaseStore, version: int | None = None) -> dict[str, str]:
    return dict(store.scan(version, ["case_id", "title"]).collect().sort("case_id").rows())


def test_one_commit_a_batch_and_none_for_nothing(store: CaseStore, tmp_path: Path) -> None:
    assert store.version is None
    assert store.scan().collect().is_empty()
    assert store.batches() == []
    first = (case("a"), case("b", 1), case("c", 40))
    assert store.upsert(stage(tmp_path / "s", *first), {"batch": "1"}) == UpsertCounts(3, 0, 0)
    assert store.version == 0
    assert store.upsert(stage(tmp_path / "s", *first), {"batch": "2"}) == UpsertCounts(0, 0, 3)
    assert store.upsert([], {}) == UpsertCounts(0, 0, 0)
    assert store.version == 0
    mixed = stage(tmp_path / "s", case("a"), case("b", 1, title="new"), case("d", 70, batch="3"))
    assert store.upsert(mixed, {"batch": "3"}) == UpsertCounts(1, 1, 1)
    assert store.version == 1
    assert titles(store) == {"a": "t", "b": "new", "c": "t", "d": "t"}
    assert [(entry["batch"], entry["version"]) for entry in store.batches()] == [("3", 1), ("1", 0)]


def test_another_batch_alone_is_no_change(store: CaseStore, tmp_path: Path) -> None:
    store.upsert(stage(tmp_path / "s", case("a", batch="1")), {})
    again = stage(tmp_path / "s", case("a", batch="2"))
    assert store.upsert(again, {}) == UpsertCounts(0, 0, 1)
    assert store.scan().collect()["batch"].to_list() == ["1"]


def test_a_case_may_move_to_another_month(store: CaseStore, tmp_path: Path) -> None:
    store.upsert(stage(tmp_path / "s", case("a"), case("b"), case("c", 1)), {})
    assert store.upsert(stage(tmp_path / "s", case("a", 60)), {}) == UpsertCounts(0, 1, 0)
    months = dict(store.scan(columns=["case_id", "month"]).collect().rows())
    assert months == {"a": "2025-04", "b": "2025-01", "c": "2025-02"}


def test_every_version_stays_readable(store: CaseStore, tmp_path: Path) -> None:
    for number in range(12):
        store.upsert(stage(tmp_path / "s", case("a", title=f"t{number}")), {"batch": str(number)})
    assert [titles(store, version)["a"] for version in range(12)] == [f"t{n}" for n in range(12)]
    assert len(store.batches()) == 12


def test_an_id_may_be_staged_once(store: CaseStore, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="only once"):
        store.upsert(stage(tmp_path / "s", case("a"), case("a", 1)), {})
    assert store.version is None


def test_counts(store: CaseStore, tmp_path: Path) -> None:
    store.upsert(stage(tmp_path / "s", case("a"), case("b", located=False, batch="x")), {})
    counts = store.count()
    assert (counts.cases, counts.distinct_ids, counts.batches) == (2, 2, 2)
    assert (counts.located, counts.unlocated, counts.township_only) == (1, 1, 0)


def test_stored_types_are_the_schema(store: CaseStore, tmp_path: Path) -> None:
    store.upsert(stage(tmp_path / "s", case("a"), case("b", 40)), {})
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
    """Any series of batches, months changing, leaves what a dictionary leaves."""
    folder = tmp_path_factory.mktemp("store")
    store, expected = CaseStore(Home.at(folder / "home")), {}
    for batch in batches:
        rows = {i: (40 * month, "new" if new else "t") for i, (month, new) in batch.items()}
        counts = UpsertCounts(
            accepted=len(rows.keys() - expected.keys()),
            updated=sum(i in expected and expected[i] != row for i, row in rows.items()),
            unchanged=sum(expected.get(i) == row for i, row in rows.items()),
        )
        cases = [case(i, day, title=title) for i, (day, title) in rows.items()]
        assert store.upsert(stage(folder / "s", *cases), {}) == counts
        expected |= rows
        assert titles(store) == {i: title for i, (_, title) in expected.items()}
