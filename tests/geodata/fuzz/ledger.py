"""Account for every row of a file: it stands in the store or in the rejects, once, and whole."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from geodata.errors import UserError
from geodata.home import Home
from geodata.intake import ImportReport, import_cases
from geodata.profiles import Profile
from geodata.reading.rejects import RULES
from geodata.store import CaseStore
from tests.geodata.fuzz.rows import Record, seal_of, stamp_of
from tests.geodata.fuzz.tables import SEAL, STAMP, Table
from tests.geodata.fuzz.writing import DELIMITED, EXCEL_TEXT, JSON, NOW, Written

OUTCOMES = ("accepted", "updated", "unchanged", "outdated", "rejected")
"""Keys of a report that add up to the rows read."""

WHOLE_ROW_RULES = ("ragged_row", "unclosed_quote", "broken_json", "not_a_record", "total_row")
"""Rules for rows as a whole."""

BASELINE = 3
"""Cases that every home holds before the file comes."""

_TEXTS = (
    "channel", "kind", "title", "content", "address", "tags", "enterprise", "lead_handler",
    "reported_community", "reported_place", "result", "effect", "attitude", "callback_channel",
)  # fmt: skip
# Unicode's white space; Python's own strip takes four control characters more.
_SPACES = "".join(
    chr(code)
    for code in (*range(9, 14), 32, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029,
                 0x202F, 0x205F, 0x3000)
)  # fmt: skip
_WRAPPED_ID = re.compile(r"""^(="|['`])""")


class Tally(Counter[str]):
    """How many rows ended where: stored, each rule, refused with their file."""


def make_baseline(home: Home, folder: Path) -> None:
    """Store some cases, which no later file may touch."""
    path = folder / "baseline.csv"
    lines = [f"baseline-{number},2024-06-01 08:0{number}" for number in range(BASELINE)]
    path.write_text("case_id,received_at\n" + "\n".join(lines), "utf-8")
    import_cases(home, path, "suyuan", now=NOW)


def account(home: Home, table: Table, written: Written, *, again: bool = False) -> Tally:
    """Import the file and check what became of every row.

    Raises
    ------
    AssertionError
        With what was lost, doubled or torn apart.
    """
    before = _state(home)
    try:
        report = import_cases(home, written.path, table.profile, now=NOW)
    except UserError as error:
        _check_refusal(error, home, before)
        if not written.refusal:
            raise AssertionError(f"a readable file was refused: {error}") from error
        return Tally(refused=len(written.rows))
    finally:
        assert not list(home.staging.iterdir()), "something is left in the staging folder"
    tally = _check_rows(home, table, written, report)
    if again:
        _check_second_import(home, table, written, report)
    return tally


def _state(home: Home) -> dict[str, Any]:
    return {
        "version": CaseStore(home).version,
        "rejects": sorted(home.rejects.iterdir()),
        "files": sorted(path for path in home.cases.rglob("*") if path.is_file()),
    }


def _check_refusal(error: UserError, home: Home, before: dict[str, Any]) -> None:
    assert "\n" not in str(error), f"more than one line: {error}"
    assert "\n" not in error.chinese
    assert len(str(error)) < 1_500, "a message of a page"
    assert _state(home) == before, f"the refused file left something behind: {error}"


def _check_rows(home: Home, table: Table, written: Written, report: ImportReport) -> Tally:
    assert report.read == sum(getattr(report, name) for name in OUTCOMES)
    stored = _stored(home, report)
    rejects = _rejects(report)
    assert len(stored) == report.accepted, f"{len(stored)} stored, {report.accepted} told"
    assert len(rejects) == report.rejected
    cases = CaseStore(home).count()
    assert cases.cases == cases.distinct_ids == BASELINE + report.accepted
    _check_rejects(rejects)
    _check_stamps(stored, flipped=written.style.endswith("flipped"))
    if written.exact:
        _check_each(table, written, stored, rejects)
    return Tally(stored=len(stored)) + Tally(reject["rule"] for reject in rejects.values())


def _stored(home: Home, report: ImportReport) -> list[dict[str, Any]]:
    frame = CaseStore(home).scan().filter(batch=report.batch).collect()
    return frame.to_dicts()


def _rejects(report: ImportReport) -> dict[int, dict[str, str]]:
    if report.rejects_path is None:
        return {}
    with report.rejects_path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    found = {int(line["source_row"]): line for line in lines}
    assert len(found) == len(lines), "a row was rejected twice"
    return found


def _check_rejects(rejects: dict[int, dict[str, str]]) -> None:
    for reject in rejects.values():
        assert reject["rule"] in RULES
        assert reject["reason_zh"]
        assert reject["reason_en"]
        assert reject["field"] or reject["rule"] in WHOLE_ROW_RULES, f"no field: {reject}"
        assert reject["value"] or reject["rule"] == "missing_value", f"no value: {reject}"
        assert reject["field"] != "caller" or reject["value"] in ("***", ""), "a caller is shown"
        for cell in reject.values():
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")), f"formula: {cell!r}"


def _check_stamps(stored: list[dict[str, Any]], *, flipped: bool) -> None:
    """No case is put together of two rows, whatever was done to the file; a bit may be flipped."""
    for case in stored:
        stamp, seal = case[STAMP] or "", case[SEAL] or ""
        if re.fullmatch(r"stamp\d{7}", stamp) and re.fullmatch(r"seal\d{7}", seal):
            apart = _bits_apart(stamp[5:], seal[4:])
            assert apart <= int(flipped), f"{stamp} and {seal} in one case"


def _bits_apart(left: str, right: str) -> int:
    pairs = zip(left.encode(), right.encode(), strict=True)
    return sum((one ^ other).bit_count() for one, other in pairs)


def _check_each(
    table: Table,
    written: Written,
    stored: list[dict[str, Any]],
    rejects: dict[int, dict[str, str]],
) -> None:
    profile = table.read_profile()
    by_stamp = {case[STAMP]: case for case in stored}
    assert len(by_stamp) == len(stored), "a row was stored twice"
    unknown = rejects.keys() - written.rows.keys()
    assert not unknown, f"rows rejected that the file does not have: {sorted(unknown)[:5]}"
    for row, record in written.rows.items():
        case = None if record.number is None else by_stamp.pop(stamp_of(record.number), None)
        reject = rejects.get(row)
        assert not (case and reject), f"row {row} is both stored and rejected"
        if case:
            _check_case(table, profile, written, record, case)
        elif reject:
            _check_reject(table, profile, written, record, reject)
        else:
            assert _says_nothing(table, profile, written, record), f"row {row} is lost: {record}"
    assert not by_stamp, f"stored from nowhere: {list(by_stamp)[:5]}"


def _says_nothing(table: Table, profile: Profile, written: Written, record: Record) -> bool:
    if record.number is not None:
        return False
    cells = [record.cells[index] for index in table.fields.values()]
    nothing = {"", *profile.empty_words}
    # A type that cannot hold a title leaves an empty cell.
    return not written.plain or all(_bare(cell) in nothing for cell in cells)


def _bare(text: str) -> str:
    return text.strip(_SPACES)


def _check_case(
    table: Table, profile: Profile, written: Written, record: Record, case: dict[str, Any]
) -> None:
    assert case[SEAL] == seal_of(record.number or 0), f"half a row: {case[STAMP]}, {case[SEAL]}"
    assert case["received_at"] is not None
    assert record.torn is None or written.kind != DELIMITED, "a torn row was stored"
    if not written.plain:
        return
    nothing = {"", *profile.empty_words, *(word.lower() for word in profile.empty_words)}
    for field in ("case_id", *_TEXTS):
        if field not in table.fields or field in profile.values:
            continue
        cell = _bare(record.cells[table.fields[field]])
        if field == "case_id" and _WRAPPED_ID.match(cell):
            continue
        expected = None if cell in nothing else cell
        assert _same(expected, case[field], written), (
            f"{field}: {expected!r} became {case[field]!r}"
        )


def _same(expected: str | None, found: str | None, written: Written) -> bool:
    if expected is None or found is None:
        return expected is found
    if written.kind in (DELIMITED, JSON):
        return expected == _bare(found)
    # Workbooks hold no more than so many characters, one kind of line end, no non-characters.
    left, right = _visible(expected), _visible(found)
    return right == left[: len(right)] and (right == left or len(found) > EXCEL_TEXT // 2)


def _visible(text: str) -> str:
    text = text.replace("_xFFFE_", "").replace("_xFFFF_", "")
    return "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Zl", "Zp", "Zs", "Cn"))


def _check_reject(
    table: Table, profile: Profile, written: Written, record: Record, reject: dict[str, str]
) -> None:
    rule = reject["rule"]
    # A cell of another kind that was put there says something.
    assert not record.blank or not written.plain, f"an empty row was rejected: {reject}"
    untouched = table.valid and not record.mutations and written.plain
    # A row as it was may still have to give way to another with its id.
    assert not untouched or rule == "superseded", f"a good row was rejected: {reject} {record}"
    if written.kind in (DELIMITED, JSON):
        assert record.broken or rule not in WHOLE_ROW_RULES, f"not torn: {reject} {record}"
        if not record.broken:
            _check_value(table, profile, record, reject)


def _check_value(table: Table, profile: Profile, record: Record, reject: dict[str, str]) -> None:
    field, shown = reject["field"], reject["value"]
    if field in profile.values or field not in table.fields or "*" in shown:
        return
    cell = record.cells[table.fields[field]]
    start = shown.removeprefix("'").removesuffix("…").strip().casefold()
    assert start in cell.casefold() or start.lstrip("'") in cell.casefold(), (
        f"row {reject['source_row']}, {field}: {shown!r} does not stand in {cell[:200]!r}"
    )


def _check_second_import(home: Home, table: Table, written: Written, first: ImportReport) -> None:
    """The same file once more changes nothing."""
    version = CaseStore(home).version
    report = import_cases(home, written.path, table.profile, now=NOW + timedelta(hours=1))
    assert (report.accepted, report.updated) == (0, 0), "the second import changed something"
    assert report.unchanged == first.accepted
    assert report.rejected == first.rejected
    assert CaseStore(home).version == version
