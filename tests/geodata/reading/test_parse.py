"""Parsing: every row ends as a case or as a reject that names field, value and rule."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.callers import caller_hash
from geodata.profiles import Profile, load_profile
from geodata.reading.parse import FIELD_LIMIT, parse_batch
from geodata.reading.rejects import REJECT_SCHEMA, RULES
from geodata.schema import PARSED_SCHEMA, SATISFACTION

KEY = b"k" * 32
NOW = datetime(2025, 4, 1, 12, tzinfo=UTC)
WORK_ORDERS = load_profile("workorder12345")
SUYUAN = load_profile("suyuan")


def parse(
    columns: dict[str, list[Any]], profile: Profile = WORK_ORDERS, **options: Any
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    height = len(next(iter(columns.values())))
    filled = {
        "source_row": list(range(2, height + 2)),
        "case_id": [f"A{n}" for n in range(height)],
        "received_at": ["2025-03-19 08:05:00"] * height,
    } | columns
    batch = pa.Table.from_pydict(filled)
    cases, rejects = parse_batch(batch, profile, caller_key=KEY, now=NOW, **options)
    assert cases.schema == PARSED_SCHEMA
    assert rejects.schema == REJECT_SCHEMA
    cases.validate(full=True)
    return cases.to_pylist(), rejects.to_pylist()


def parse_one(field: str, value: Any, profile: Profile = WORK_ORDERS) -> Any:
    cases, rejects = parse({field: [value]}, profile)
    assert not rejects
    return cases[0][field]


def fault_of(field: str, value: Any, **others: list[Any]) -> tuple[str, str, str | None]:
    cases, rejects = parse({field: [value], **others})
    assert not cases
    return rejects[0]["field"], rejects[0]["rule"], rejects[0]["value"]


def test_a_received_time_has_zone_instant_wall_clock_and_month() -> None:
    cases, _ = parse({"received_at": ["2025-03-31 23:30:00", "2025-03-31T23:30:00Z"]})
    assert [case["received_at"].hour for case in cases] == [15, 23]
    assert [case["received_local"] for case in cases] == [
        datetime(2025, 3, 31, 23, 30), datetime(2025, 4, 1, 7, 30),
    ]  # fmt: skip
    assert [case["month"] for case in cases] == ["2025-03", "2025-04"]
    assert {case["zone"] for case in cases} == {"Asia/Shanghai"}


def test_another_zone_and_system_replace_the_profiles() -> None:
    cases, _ = parse(
        {"source_lng": ["116.4"], "source_lat": ["39.9"]}, zone="Asia/Urumqi", crs="GCJ-02"
    )
    assert cases[0]["zone"] == "Asia/Urumqi"
    assert cases[0]["received_at"] == datetime(2025, 3, 19, 2, 5, tzinfo=UTC)
    assert cases[0]["source_crs"] == "GCJ-02"


def test_rows_may_name_their_own_system() -> None:
    cases, rejects = parse(
        {
            "source_lng": ["116.4", "116.4", None, "116.4"],
            "source_lat": ["39.9"] * 2 + [None, "39.9"],
            "source_crs": ["百度", None, "gcj02", "Mars"],
        }
    )
    assert [case["source_crs"] for case in cases] == ["BD-09", "WGS84", None]
    assert [(reject["rule"], reject["value"]) for reject in rejects] == [("unknown_crs", "Mars")]


@pytest.mark.parametrize(
    ("word", "meaning"),
    [("是", True), ("否", False), ("1", True), ("0", False), ("Y", True), ("n", False),
     ("", False), (None, False), (True, True), (1.0, True), (0, False), (" 是 ", True)],
)  # fmt: skip
def test_yes_and_no_in_every_habit(word: Any, meaning: bool) -> None:
    assert parse_one("resolved", word) is meaning


def test_an_empty_answer_stays_unknown_where_the_profile_says_nothing() -> None:
    cases, _ = parse({"resolved": ["", "true"]}, SUYUAN)
    assert [case["resolved"] for case in cases] == [None, True]
    assert cases[0]["valid"] is None


@pytest.mark.parametrize(
    ("word", "meaning"),
    [("满意", "满意"), ("非常满意", "满意"), ("比较满意", "基本满意"), ("一般", "一般"),
     ("不太满意", "不满意"), ("是", "满意"), ("0", "不满意"), ("", "未评价"), ("未回访", "未评价")],
)  # fmt: skip
def test_satisfaction_becomes_one_of_five(word: str, meaning: str) -> None:
    assert meaning in SATISFACTION
    assert parse_one("satisfaction", word) == meaning


@pytest.mark.parametrize(
    ("path", "levels"),
    [
        ("市容环卫/垃圾/清运不及时", ("市容环卫", "垃圾", "清运不及时")),
        ("市容环卫 > 垃圾", ("市容环卫", "垃圾", None)),
        ("市容环卫", ("市容环卫", None, None)),
        ("/a//c/d/e", ("a", None, "c")),
        ("", (None, None, None)),
    ],
)
def test_a_class_path_is_split(path: str, levels: tuple[str | None, ...]) -> None:
    cases, _ = parse({"class_path": [path]})
    assert (cases[0]["class_1"], cases[0]["class_2"], cases[0]["class_3"]) == levels


def test_a_column_of_its_own_wins_over_the_path() -> None:
    cases, _ = parse({"class_path": ["a/b", "a/b"], "class_1": ["x", ""]})
    assert [(case["class_1"], case["class_2"]) for case in cases] == [("x", "b"), ("a", "b")]


@pytest.mark.parametrize(
    ("text", "hours"), [("48", 48), ("24小时", 24), ("5个工作日", 120), ("2天", 48), (3, 3)]
)
def test_time_limits_are_hours(text: Any, hours: float) -> None:
    assert parse_one("time_limit_hours", text) == hours


def test_text_is_stripped_and_words_for_nothing_are_null() -> None:
    cases, _ = parse({"title": ["  路灯　", "NULL", "-", "　"]})
    assert [case["title"] for case in cases] == ["路灯", None, None, None]


def test_numbers_in_text_columns_lose_their_point_zero() -> None:
    assert parse_one("reported_township", 61.0) == "61"
    assert parse({"case_id": [101.0]})[0][0]["case_id"] == "101"


def test_ids_kept_as_text_by_a_trick_are_unwrapped() -> None:
    cases, _ = parse({"case_id": ['="0012"', "'0013", "`0014"]})
    assert [case["case_id"] for case in cases] == ["0012", "0013", "0014"]


def test_callers_are_stored_as_pseudonyms_only() -> None:
    cases, _ = parse({"caller": ["138 1234 5678", "匿名"], "title": ["a", "b"]})
    assert [case["caller"] for case in cases] == [caller_hash(KEY, "13812345678"), None]
    assert "12345678" not in repr(cases)


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("case_id", "  ", "missing_value"),
        ("case_id", "1.23E+10", "id_lost_digits"),
        ("received_at", None, "missing_value"),
        ("received_at", "昨天", "unreadable_date"),
        ("received_at", "2025-04-03", "future_date"),
        ("received_at", "1970-01-01", "too_early_date"),
        ("closed_at", "soon", "unreadable_date"),
        ("closed_at", "2999-01-01", "future_date"),
        ("source_lng", "东经", "unreadable_number"),
        ("source_lat", "inf", "unreadable_number"),
        ("time_limit_hours", "尽快", "unreadable_number"),
        ("resolved", "部分解决", "unreadable_yes_no"),
        ("satisfaction", "五星", "unknown_word"),
    ],
)
def test_a_fault_is_told_with_field_value_and_rule(field: str, value: Any, rule: str) -> None:
    text = value.strip() or None if value else None
    assert fault_of(field, value, title=["t"]) == (field, rule, text)


def test_a_field_over_one_megabyte_is_rejected_and_one_below_is_kept() -> None:
    assert fault_of("content", "x" * 10_000_000)[1] == "field_too_long"
    assert fault_of("case_id", "x" * (FIELD_LIMIT + 1))[1] == "field_too_long"
    assert len(parse_one("content", "x" * FIELD_LIMIT)) == FIELD_LIMIT


def test_a_deadline_may_lie_in_the_future_and_clocks_may_differ_by_a_day() -> None:
    assert parse_one("due_at", "2025-05-01") is not None
    tomorrow = (NOW + timedelta(hours=23)).isoformat()
    assert parse_one("received_at", tomorrow) == NOW + timedelta(hours=23)


def test_one_reject_a_row_and_the_rest_of_the_batch_goes_on() -> None:
    cases, rejects = parse(
        {
            "source_row": [5, 9, 12],
            "received_at": ["x", "2025-03-19", "2025-03-19"],
            "source_lng": ["y", "116", "z"],
        }
    )
    assert [case["source_row"] for case in cases] == [9]
    assert [(reject["source_row"], reject["rule"]) for reject in rejects] == [
        (5, "unreadable_date"), (12, "unreadable_number"),
    ]  # fmt: skip


def test_empty_rows_are_no_rows() -> None:
    cases, rejects = parse({"case_id": ["A", "", None], "received_at": ["2025-03-19", " ", None]})
    assert (len(cases), len(rejects)) == (1, 0)


def test_a_profile_can_map_a_default_date_to_nothing() -> None:
    own = WORK_ORDERS.model_copy(update={"values": {"closed_at": {"1900-01-01": ""}}})
    cases, _ = parse({"closed_at": ["1900-01-01"]}, own)
    assert cases[0]["closed_at"] is None


WORDS = st.one_of(
    st.none(), st.text(max_size=12), st.sampled_from(["是", "2025-03-19", "116.4", "满意", "1e400"])
)
FUZZED = [
    "case_id", "received_at", "closed_at", "title", "caller", "resolved", "satisfaction",
    "source_lng", "source_lat", "source_crs", "time_limit_hours", "class_path",
]  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(st.lists(st.fixed_dictionaries(dict.fromkeys(FUZZED, WORDS)), min_size=1, max_size=6))
def test_no_row_is_lost_whatever_it_holds(rows: list[dict[str, str | None]]) -> None:
    columns = {name: pa.array([row[name] for row in rows], pa.string()) for name in FUZZED}
    batch = pa.Table.from_pydict({"source_row": list(range(len(rows))), **columns})
    before = batch.to_pydict()
    cases, rejects = parse_batch(batch, WORK_ORDERS, caller_key=KEY, now=NOW)
    seen = cases["source_row"].to_pylist() + rejects["source_row"].to_pylist()
    assert len(seen) == len(set(seen))
    for number in set(range(len(rows))) - set(seen):
        assert not any(says_something(value) for value in rows[number].values())
    assert set(rejects["rule"].to_pylist()) <= set(RULES)
    assert batch.to_pydict() == before


def says_something(value: str | None) -> bool:
    words = {"", *(word.lower() for word in WORK_ORDERS.empty_words)}
    return value is not None and value.strip().strip("'`=\"").strip().lower() not in words


ODD_COLUMNS = {
    "duration": pa.array([timedelta(hours=1)]),
    "clock": pa.array([time(8, 5)]),
    "date": pa.array([NOW.date()]),
    "date64": pa.array([NOW.date()], pa.date64()),
    "nanoseconds": pa.array([NOW], pa.timestamp("ns", "UTC")),
    "decimal": pa.array([Decimal("1.50")]),
    "unsigned": pa.array([2**63], pa.uint64()),
    "half": pa.array([1.5], pa.float32()),
    "nothing": pa.nulls(1),
    "large": pa.array(["x"], pa.large_string()),
    "view": pa.array(["x"], pa.string_view()),
    "boolean": pa.array([True]),
    "not a number": pa.array([float("nan")]),
}


@pytest.mark.parametrize("kind", ODD_COLUMNS)
@pytest.mark.parametrize("field", ["title", "closed_at", "source_lng", "resolved", "caller"])
def test_columns_of_any_type_are_read_or_rejected(kind: str, field: str) -> None:
    cases, rejects = parse({field: ODD_COLUMNS[kind]})
    assert len(cases) + len(rejects) == 1


def test_a_batch_without_rows_gives_empty_tables() -> None:
    batch = pa.Table.from_pydict(
        {"source_row": pa.array([], pa.int64()), "case_id": pa.array([], pa.string()),
         "received_at": pa.array([], pa.string()), "caller": pa.array([], pa.string())}
    )  # fmt: skip
    cases, rejects = parse_batch(batch, SUYUAN, caller_key=KEY, now=NOW)
    assert (cases.num_rows, rejects.num_rows) == (0, 0)
    assert pl.from_arrow(cases).height == 0
