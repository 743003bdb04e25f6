"""A closed cycle: the same digits whatever comes later, and the same digest worked out again."""

from __future__ import annotations

import csv
import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from app.accounts.access import Access
from app.cases.batches import list_batches, withdraw
from app.cases.uploads import import_file
from app.config import Settings
from app.errors import Conflict, Missing
from app.townships.assessment import board, documents
from app.townships.assessment.closing import (
    assessed,
    close,
    closed_cycle,
    closed_cycles,
    next_to_close,
    recompute,
)
from app.townships.assessment.documents import canonical, digest_of
from app.townships.assessment.left_out import APPROVED
from app.townships.assessment.models import ClosedCycle, Exclusion
from app.townships.assessment.rules import LEDGERS
from app.townships.assessment.timeline import Timeline, timeline
from app.townships.choosing.models import Decision
from app.townships.designations.models import DESIGNATED, Designation
from app.townships.pinned import pinned_versions
from geodata.areas import import_boundaries
from geodata.home import Home
from geodata.store import CaseStore
from tests.app.small_city import write_townships
from tests.app.townships.test_board import write_rows
from tests.people import client_as, first_client, make_app, operator_of

JANUARY, FEBRUARY = "month-2025-01", "month-2025-02"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cases from 20 November 2024 to the end of February 2025."""
    folder = tmp_path_factory.mktemp("closing")
    home = Home.at(folder / "home")
    import_boundaries(
        home, write_townships(folder / "townships.geojson"), level="township", code_field="code",
        name_field="name", population_field="population",
    )  # fmt: skip
    rows = write_rows()
    rows.to_csv(folder / "cases.csv", index=False)
    import_file(home, folder / "cases.csv", "suyuan")
    return folder


@pytest.fixture
def folder(city: Path, tmp_path: Path) -> Path:
    shutil.copytree(city, tmp_path / "city")
    return tmp_path / "city"


@pytest.fixture
def home(folder: Path) -> Home:
    return Home.at(folder / "home")


@pytest.fixture
def access(home: Home) -> Access:
    return operator_of(home)


def over_time(access: Access) -> Timeline:
    return timeline(access.database, Settings())


def tell_again(home: Home, folder: Path) -> None:
    """Deliver all cases again: every callback is now valid and nobody is satisfied."""
    with (folder / "cases.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row.update(valid="True", satisfaction="不满意")
    with (folder / "again.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    assert import_file(home, folder / "again.csv", "suyuan").updated


def test_close_upsert_compact_clean_and_work_out_again(home, folder, access) -> None:
    closed = close(access, home, over_time(access), JANUARY)
    assert closed.digest == digest_of(closed.document)
    before = assessed(home, access.database, over_time(access), JANUARY)
    tell_again(home, folder)
    import_boundaries(
        home, folder / "townships.geojson", level="township", code_field="code", name_field="name"
    )
    store = CaseStore(home)
    with home.writing():
        store.compact()
        kept = store.clean(pinned_versions(home, access.database), 0).kept_versions
    assert kept == (closed.case_store_version,)
    after = assessed(home, access.database, over_time(access), JANUARY)
    assert after.frozen
    assert after.board == before.board
    assert closed_cycle(access.database, JANUARY).document == closed.document
    again = recompute(access, home, JANUARY)
    assert again.same
    assert again.again == closed.digest
    # Of the same month counted otherwise than the rules say there is no document.
    by_due = assessed(home, access.database, over_time(access), JANUARY,
                      lambda rules: type(rules)(rules.calendar, basis="due"))  # fmt: skip
    assert not by_due.frozen
    assert by_due.board.city.rates["satisfaction"].value == 0
    february = assessed(home, access.database, over_time(access), FEBRUARY)
    assert february.board.city.rates["satisfaction"].value == 0


def test_a_change_is_against_the_closed_figures(home, folder, access) -> None:
    close(access, home, over_time(access), JANUARY)
    closed = assessed(home, access.database, over_time(access), JANUARY).board
    tell_again(home, folder)
    february = assessed(home, access.database, over_time(access), FEBRUARY).board
    was = {line.code: line.score.value for line in closed.lines}
    scored = [line for line in february.lines if line.change is not None]
    assert len(scored) > 1
    for line in scored:
        assert line.change == pytest.approx(line.score.value - was[line.code])
    # Told again nobody is satisfied any more: a recount of January would have shown no such fall.
    recount = board.board(
        home,
        over_time(access).find(FEBRUARY),
        over_time(access).rules_for(over_time(access).find(FEBRUARY)),
    ).lines
    assert {line.code: line.change for line in recount} != {
        line.code: line.change for line in february.lines
    }


def test_what_is_remembered_is_no_proof(home, access, monkeypatch) -> None:
    close(access, home, over_time(access), JANUARY)
    assert recompute(access, home, JANUARY).same
    # Counting that goes otherwise than it did is noticed, though the board is remembered.
    count = board.count_cycles
    monkeypatch.setattr(board, "count_cycles", lambda home, source, cycles, rules:
                        count(home, source, cycles[::-1], rules))  # fmt: skip
    assert documents.board_of is board.board_of
    assert not recompute(access, home, JANUARY).same
    board.forget_boards()


def test_a_document_that_was_changed_is_noticed(home, access) -> None:
    close(access, home, over_time(access), JANUARY)
    with access.database.session() as session:
        record = session.query(ClosedCycle).one()
        told = json.loads(record.document)
        told["boards"]["raw"]["lines"][0]["valid"] += 1
        record.document = canonical(told)
    assert not recompute(access, home, JANUARY).same


def test_all_ledgers_are_frozen_and_later_exclusions_do_not_reach_them(home, access) -> None:
    close(access, home, over_time(access), JANUARY)

    def told(ledger: str, cycle: str):
        found = assessed(home, access.database, over_time(access), cycle,
                         lambda rules: type(rules)(rules.calendar, ledger=ledger))  # fmt: skip
        return found.board

    before = {(ledger, cycle): told(ledger, cycle) for ledger in LEDGERS
              for cycle in (JANUARY, FEBRUARY)}  # fmt: skip
    with access.database.session() as session:
        session.add(
            Exclusion(name="全部", township="", classes=[], start=date(2024, 1, 1),
                      end=date(2026, 1, 1), state=APPROVED)
        )  # fmt: skip
    assert all(told(ledger, JANUARY) == before[ledger, JANUARY] for ledger in LEDGERS)
    assert told("raw", FEBRUARY) == before["raw", FEBRUARY]
    assert told("assessed", FEBRUARY).city.valid == 0
    assert recompute(access, home, JANUARY).same


def test_the_governance_class_is_that_of_the_last_day(home, access) -> None:
    days = {"T1": (date(2025, 1, 31), None), "T2": (date(2025, 2, 1), None),
            "T3": (date(2024, 12, 1), date(2025, 1, 31))}  # fmt: skip
    with access.database.session() as session:
        for code, (since, until) in days.items():
            session.add(Designation(township=code, name=code, state=DESIGNATED, since=since,
                                    designated_on=since, exited_on=until))  # fmt: skip
    close(access, home, over_time(access), JANUARY)
    found = assessed(home, access.database, over_time(access), JANUARY).board
    has = {line.code: {each.kind for each in line.results} for line in found.lines}
    assert {code for code, each in has.items() if "governance" in each} == {"T1"}


def test_cycles_are_closed_in_their_order_and_once(home, access) -> None:
    now = over_time(access)
    assert next_to_close(home, access.database, now, "month").id == "month-2024-11"
    with pytest.raises(Conflict, match="whole"):
        close(access, home, now, "month-2025-03")
    with pytest.raises(Conflict, match="before the data"):
        close(access, home, now, "month-2024-10")
    close(access, home, now, JANUARY)
    with pytest.raises(Conflict, match="already"):
        close(access, home, now, JANUARY)
    with pytest.raises(Conflict, match="month-2024-11 first"):
        close(access, home, now, "month-2024-12")
    # Each kind has its own order.
    close(access, home, now, "half_month-2025-02-2")
    close(access, home, now, FEBRUARY)
    assert next_to_close(home, access.database, now, "month") is None
    found = {each.cycle_id for each in closed_cycles(access.database)}
    assert found == {JANUARY, FEBRUARY, "half_month-2025-02-2"}
    with pytest.raises(Missing):
        recompute(access, home, "month-2024-12")


def test_versions_of_decisions_are_pinned_too(home, access) -> None:
    assert pinned_versions(home, access.database) == frozenset()
    with access.database.session() as session:
        session.add(
            Decision(title="甲", run_id="r", case_store_version=7, decided_on=date(2025, 1, 1),
                     decided_by="会", chosen=["甲"], document="{}", digest="d",
                     recorded_at=_now(), recorded_by="x")
        )  # fmt: skip
    assert pinned_versions(home, access.database) == {7}


def _now():
    from datetime import UTC, datetime

    return datetime.now(UTC)


def test_the_pages(home) -> None:
    app = make_app(home.path)
    planner, viewer = first_client(app), client_as(app, "viewer", ["viewer"])
    assert "尚未关闭" in planner.get(f"/assessment?cycle={JANUARY}").text
    send = {"cycle": JANUARY}
    assert viewer.post("/assessment/cycles/close", data=send).status_code == 403
    assert planner.post("/assessment/cycles/close", data=send).status_code == 302
    assert planner.post("/assessment/cycles/close", data=send).status_code == 409
    page = planner.get(f"/assessment?cycle={JANUARY}").text
    assert "取自关闭时的文档" in page
    assert "测算" in planner.get(f"/assessment?cycle={JANUARY}&basis=due").text
    assert "取自关闭时的文档" in planner.get(f"/assessment?cycle={JANUARY}&ledger=assessed").text
    listed = planner.get("/assessment/cycles").text
    assert "2025 年 1 月" in listed
    told = planner.post("/assessment/cycles/recompute", data=send, follow_redirects=True).text
    assert "结果相同" in told
    assert viewer.get("/assessment/cycles").status_code == 200
    filtered = planner.get(f"/assessment?cycle={JANUARY}&result=advanced").text
    assert "在前 1 名" in filtered
    assert "在前 1 名" not in viewer.get(f"/assessment?cycle={JANUARY}&result=advanced").text
    assert planner.get("/assessment?result=best").status_code == 400


def test_a_closed_cycle_stays_on_its_pages_though_its_cases_are_withdrawn(home, access) -> None:
    client = first_client(make_app(home.path))
    close(access, home, over_time(access), JANUARY)
    (batch,) = list_batches(home)
    withdraw(home, batch["batch"])
    for path in ("", "/reconciliation", "/units"):
        page = client.get(f"/assessment{path}?cycle={JANUARY}").text
        assert "数据里没有这一期" not in page
        assert "已于" in page or "已经关闭" in page
    assert "取自关闭时的文档" in client.get(f"/assessment?cycle={JANUARY}").text
