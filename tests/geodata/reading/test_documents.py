"""JSON lines, JSON arrays, wrapped pages and Open311 XML: same records, same cases."""

import datetime as dt
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.errors import MissingColumn, UnreadableFile, UserError
from geodata.reading import read_cases
from geodata.reading.flattening import DEEPEST, flatten
from geodata.reading.json_files import LONGEST_RECORD

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
Rows = list[dict[str, Any]]

REQUESTS = [
    {
        "service_request_id": 10_000_000_000_000_000_001,
        "requested_datetime": "2025-03-19T08:05:00-05:00",
        "updated_datetime": "2025-03-20T09:00:00-05:00",
        "status": "open", "service_name": "Street light", "service_code": "42",
        "description": "=dark since \"Monday\"", "address": "1 Example Way",
        "lat": 42.1, "long": -71.100000000000001,
    },
    {
        "service_request_id": "b2", "requested_datetime": "2025-03-19T09:05:00-05:00",
        "service_name": "Pothole", "description": None, "lat": None, "status": "closed",
        "expected_datetime": "2025-03-29T09:05:00-05:00",
    },
]  # fmt: skip


def parsed(path: Path, profile: str = "open311") -> tuple[Rows, Rows]:
    cases: Rows = []
    rejects: Rows = []
    for batch in read_cases(path, profile, caller_key=b"k" * 32, now=NOW):
        cases += batch.cases.to_pylist()
        rejects += batch.rejects.to_pylist()
    return cases, rejects


def save(tmp_path: Path, text: str | bytes, name: str = "a.json") -> Path:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def as_xml(requests: Rows) -> str:
    from xml.sax.saxutils import escape

    parts = [
        "<request>"
        + "".join(f"<{k}>{escape(str(v)) if v is not None else ''}</{k}>" for k, v in each.items())
        + "</request>"
        for each in requests
    ]
    start = "<?xml version='1.0' encoding='utf-8'?>\n<service_requests>"
    return f"{start}{''.join(parts)}</service_requests>"


FORMS = {
    "array": json.dumps(REQUESTS),
    "pretty array": json.dumps(REQUESTS, indent=2),
    "lines": "\n".join(map(json.dumps, REQUESTS)) + "\n",
    "wrapped": json.dumps({"service_requests": REQUESTS, "count": 2}),
    "pretty wrapped": json.dumps({"page": {"n": 1}, "data": REQUESTS}, indent=1),
    "bom": "\ufeff" + json.dumps(REQUESTS),
    "xml": as_xml(REQUESTS),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_cases(tmp_path: Path, form: str) -> None:
    cases, rejects = parsed(save(tmp_path, FORMS[form]))
    assert rejects == []
    first, second = cases
    assert [first["case_id"], second["case_id"]] == ["10000000000000000001", "b2"]
    assert first["received_at"] == dt.datetime(2025, 3, 19, 13, 5, tzinfo=dt.UTC)
    assert (first["source_lat"], first["content"]) == (42.1, '=dark since "Monday"')
    assert second["due_at"] is not None
    assert (second["content"], second["source_lat"]) == (None, None)


def test_socrata_pages_and_their_csv_export_agree(tmp_path: Path) -> None:
    page = [
        {"unique_key": "7", "created_date": "2025-03-19T20:05:00.000", "complaint_type": "Noise",
         "location": {"latitude": "40.7", "longitude": "-73.9", "human_address": "{}"},
         "agency": "DEP"},
        {"unique_key": "8", "created_date": "2025-03-20T08:00:00.000",
         "location": {"type": "Point", "coordinates": [-73.8, 40.6]}},
    ]  # fmt: skip
    export = (
        "Unique Key,Created Date,Complaint Type,Agency,Latitude,Longitude\n"
        "7,03/19/2025 08:05:00 PM,Noise,DEP,40.7,-73.9\n8,03/20/2025 08:00:00 AM,,,40.6,-73.8\n"
    )
    names = ("case_id", "received_at", "class_1", "lead_handler", "source_lng", "source_lat")
    both = [
        [[case[name] for name in names] for case in parsed(path, "socrata")[0]]
        for path in (save(tmp_path, json.dumps(page)), save(tmp_path, export, "a.csv"))
    ]
    assert both[0] == both[1]
    assert both[0][1][4] == -73.8


def test_a_name_that_comes_late_is_a_column_all_the_same(tmp_path: Path) -> None:
    base = REQUESTS[1]
    rows = [base | {"service_request_id": str(n)} for n in range(25_000)]
    rows[-1] |= {"closed_datetime": "2025-03-21T00:00:00Z"}
    cases, _ = parsed(save(tmp_path, "\n".join(map(json.dumps, rows))))
    assert cases[-1]["closed_at"] is not None
    assert [case["source_row"] for case in cases] == list(range(1, 25_001))


def test_a_broken_line_costs_itself_and_shows_nobody(tmp_path: Path) -> None:
    good = json.dumps(REQUESTS[1])
    deep = "[" * 100_000
    nested = '{"a":' * (DEEPEST + 2) + "1" + "}" * (DEEPEST + 2)
    lines = [good, '{"service_request_id": "张三"', "", "[1]", '{"a": ' + deep, nested, good[:-1]]
    cases, rejects = parsed(save(tmp_path, "\n".join([*lines, good.replace("b2", "b3")])))
    assert [case["source_row"] for case in cases] == [1, 8]
    assert [(each["source_row"], each["rule"]) for each in rejects] == [
        (2, "broken_json"), (4, "not_a_record"), (5, "nested_too_deep"), (6, "nested_too_deep"),
        (7, "broken_json"),
    ]  # fmt: skip
    assert "张三" not in str(rejects)


def test_half_characters_and_odd_numbers_are_taken(tmp_path: Path) -> None:
    text = json.dumps(REQUESTS[1])[:-1] + ', "address": "a\\ud800b", "lat": NaN, "long": 1e999}'
    (cases, rejects) = parsed(save(tmp_path, text))
    assert cases == []
    assert [(each["field"], each["rule"]) for each in rejects] == [
        ("source_lng", "unreadable_number")
    ]
    (cases, _) = parsed(save(tmp_path, text.replace("1e999", "9.50")))
    assert cases[0]["address"] == "a?b"


REFUSED = {
    "cut array": (json.dumps(REQUESTS)[:-30], "broken JSON .record 2"),
    "cut wrapped": (json.dumps({"a": REQUESTS}, indent=1)[:-30], "broken JSON"),
    "empty array": ("[]", "holds no records"),
    "deep array": ('[{"a":' + "[" * 100_000, "broken JSON"),
    "no such field": ('[{"id": 1}]', "no column for case_id"),
    "endless names": (json.dumps([{str(n): 1 for n in range(3_000)}]), "different names"),
    "endless record": ('[{"a": "' + "x" * (LONGEST_RECORD * 2), "broken JSON"),
    "cut xml": (as_xml(REQUESTS)[:-40], "broken or unsafe XML"),
    "xml bomb": (
        '<!DOCTYPE r [<!ENTITY a "aa">]><service_requests><request>&a;</request>'
        "</service_requests>",
        "broken or unsafe XML",
    ),
    "xml without": ("<service_requests></service_requests>", "holds no records"),
    "other xml": ("<?xml version='1.0'?><feed></feed>", "a web page or XML"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_list_of_records_is_refused_in_one_line(tmp_path: Path, case: str) -> None:
    text, told = REFUSED[case]
    with pytest.raises((UnreadableFile, MissingColumn), match=told) as refusal:
        parsed(save(tmp_path, text))
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("form", ["array", "lines", "pretty wrapped", "xml"])
def test_damage_never_ends_in_a_traceback(tmp_path: Path, form: str) -> None:
    whole = FORMS[form].encode()
    rng = random.Random(11)
    for number in range(120):
        data = bytearray(whole)
        for _ in range(rng.randrange(1, 5)):
            place = rng.randrange(len(data))
            data[place : place + rng.randrange(3)] = rng.choice(
                (b"", b"\xff", b'"', b"}", b"\\", b"<", b"\n", b"\x00", "号".encode())
            )
        path = save(tmp_path, bytes(data), f"{number}.json")
        try:
            cases, rejects = parsed(path)
        except UserError as error:
            assert "\n" not in str(error)  # noqa: PT017
        else:
            assert cases or rejects


values = st.recursive(
    st.none() | st.booleans() | st.text() | st.integers().map(str),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.text(min_size=1), values))
def test_flattening_gives_texts_and_loses_no_plain_value(record: dict[str, Any]) -> None:
    flat = flatten(record)
    assert all(value is None or isinstance(value, str) for value in flat.values())
    for name, value in record.items():
        if isinstance(value, str):
            assert value in flat.values() or name not in flat
