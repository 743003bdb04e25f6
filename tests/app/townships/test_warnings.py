"""Who is warned, by a month counted by hand: once only, ties both ways, the designated not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from html import unescape
from re import findall

import pytest
from flask import Flask
from sqlalchemy import delete, select

from app.accounts.access import Access
from app.accounts.models import AuditEntry
from app.errors import Conflict, Forbidden, InvalidParameter
from app.services import services
from app.townships.assessment.cycles import Calendar, find_cycle
from app.townships.assessment.rules import ResultRules, Rules
from app.townships.designations.models import Designation
from app.townships.supervising import warnings
from app.townships.supervising.models import EarlyWarning
from app.townships.supervising.waiting import to_answer, to_supervise
from tests.app.townships.counted_city import make_counted_city
from tests.app.townships.supervised_city import COUNTS, TODAY, adopt, designate, person, unit_id
from tests.people import access_as, client_as, make_account, make_app

MARCH = find_cycle("month-2025-03", Calendar())
ALL, NONE = (Rules(results=ResultRules(warn_ties=ties)) for ties in ("all", "none"))


@pytest.fixture(scope="module")
def whole_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    app = make_app(make_counted_city(tmp_path_factory.mktemp("warnings"), COUNTS).path)
    adopt(app)
    return app


@pytest.fixture
def app(whole_app: Flask) -> Iterator[Flask]:
    yield whole_app
    with services(whole_app).database.session() as session:
        session.execute(delete(EarlyWarning))
        session.execute(delete(Designation))


@pytest.fixture
def inspector(app: Flask) -> Access:
    return person(app, "inspector", "inspection")


def raised(app: Flask, access: Access, rules: Rules = ALL) -> list[str]:
    made = warnings.raise_warnings(access, services(app).home, MARCH, rules, TODAY)
    return [each.township for each in made]


def test_the_first_ten_are_warned_once(app: Flask, inspector: Access) -> None:
    assert raised(app, inspector) == [f"T{n}" for n in range(1, 12)]
    assert raised(app, inspector) == []
    first = warnings.list_warnings(inspector, TODAY)[0]
    assert (first.township, first.rank, first.cases, first.state) == ("T1", 1, 30, "open")
    assert (first.facts["cases_before"], first.deadline) == (10, date(2025, 4, 26))


def test_none_of_those_alike_at_the_tenth_place(app: Flask, inspector: Access) -> None:
    assert raised(app, inspector, NONE) == [f"T{n}" for n in range(1, 10)]


@pytest.mark.parametrize(
    ("on", "exited", "warned"),
    [
        (date(2025, 3, 31), None, False),
        (date(2025, 4, 1), None, True),
        (date(2024, 1, 1), date(2025, 3, 31), True),
        (date(2024, 1, 1), date(2025, 4, 1), False),
    ],
)
def test_who_is_designated_on_the_last_day_is_not_warned(
    app: Flask, inspector: Access, on: date, exited: date | None, warned: bool
) -> None:
    designate(app, "T2", on, exited)
    assert ("T2" in raised(app, inspector)) is warned


def test_a_month_that_is_not_over_warns_nobody(app: Flask, inspector: Access) -> None:
    with pytest.raises(Conflict, match="do not reach its last day 2025-04-30"):
        warnings.raise_warnings(inspector, services(app).home, MARCH.following, ALL, TODAY)


def test_warnings_are_raised_for_the_whole_city(app: Flask) -> None:
    with pytest.raises(Forbidden):
        raised(app, person(app, "east-inspector", "inspection", "D1"))


def test_another_run_at_the_same_moment_warns_nobody_twice(
    app: Flask, inspector: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = warnings.due_warnings(services(app).home, inspector.database, MARCH, ALL)
    raised(app, inspector)
    monkeypatch.setattr(warnings, "due_warnings", lambda *_: due)
    with pytest.raises(Conflict, match="someone else"):
        raised(app, inspector)
    assert len(warnings.list_warnings(inspector, TODAY)) == 11


def test_an_answer_and_an_end_by_those_whose_it_is(app: Flask, inspector: Access) -> None:
    raised(app, inspector)
    first = warnings.list_warnings(inspector, TODAY)[0]
    own = person(app, "of-t1", "handling_unit", "T1")
    other = person(app, "of-t2", "handling_unit", "T2")
    west = person(app, "west-inspector", "inspection", "D2")
    with pytest.raises(Forbidden):
        warnings.answer(other, first.id, 1, "不是我们", TODAY)
    with pytest.raises(Forbidden):
        warnings.get_warning(west, first.id)
    with pytest.raises(Conflict, match="it is open"):
        warnings.close(inspector, first.id, 1, "可以", TODAY)
    with pytest.raises(InvalidParameter):
        warnings.answer(own, first.id, 1, "  ", TODAY)
    answered = warnings.answer(own, first.id, 1, "正在整治", TODAY)
    with pytest.raises(Conflict, match="someone else"):
        warnings.close(inspector, first.id, 1, "可以", TODAY)
    with pytest.raises(Forbidden):
        warnings.close(west, first.id, answered.row_version, "可以", TODAY)
    closed = warnings.close(inspector, first.id, answered.row_version, "可以", TODAY)
    assert (closed.state, closed.answer) == ("closed", "正在整治")
    assert acts(app, first.id)[-3:] == ["warning.create", "warning.answer", "warning.close"]


def test_a_district_does_not_close_the_warning_that_it_answers(
    app: Flask, inspector: Access
) -> None:
    raised(app, inspector)
    first = warnings.list_warnings(inspector, TODAY)[0]
    account = make_account(
        services(app).database, "east-both", ["inspection", "handling_unit"], unit_id(app, "D1")
    )
    both = access_as(app, account)
    answered = warnings.answer(both, first.id, 1, "正在整治", TODAY)
    with pytest.raises(Forbidden, match="the city closes it"):
        warnings.close(both, first.id, answered.row_version, "可以", TODAY)
    assert to_supervise(both, TODAY)["warnings_to_close"] == (0, 0)
    assert to_supervise(inspector, TODAY)["warnings_to_close"] == (1, 0)
    address = f"/supervision/warnings/{first.id}"
    sent = {"row_version": str(answered.row_version), "words": "可以"}
    east = client_as(app, "east-inspector", ["inspection"], unit_id(app, "D1"))
    assert f"{address}/close" not in east.get(address).text
    refused = east.post(f"{address}/close", data=sent)
    assert refused.status_code == 403
    assert "预警由市级办结" in refused.text
    city = client_as(app, "inspector", ["inspection"])
    assert f"{address}/close" in city.get(address).text
    assert city.post(f"{address}/close", data=sent).status_code == 302


def acts(app: Flask, number: int) -> list[str]:
    query = select(AuditEntry.action).where(
        AuditEntry.subject_kind == "warning", AuditEntry.subject_id == str(number)
    )
    with services(app).database.session() as session:
        return list(session.scalars(query.order_by(AuditEntry.id)))


def test_each_sees_those_of_her_area_and_which_are_late(app: Flask, inspector: Access) -> None:
    raised(app, inspector)
    west = person(app, "west-viewer", "viewer", "D2")
    seen = warnings.list_warnings(west, TODAY)
    assert [each.township for each in seen] == ["T2", "T4", "T6", "T8", "T10"]
    assert warnings.count_warnings(west, date(2025, 4, 26))["overdue"] == 0
    late = date(2025, 4, 27)
    assert warnings.count_warnings(west, late) == {
        "open": 5, "talked": 0, "answered": 0, "closed": 0, "overdue": 5,
    }  # fmt: skip
    assert len(warnings.list_warnings(west, late, "overdue")) == 5


def test_the_inbox_raises_and_tells(app: Flask) -> None:
    client = client_as(app, "inspector", ["inspection"])
    page = client.get("/supervision").text
    assert "11 个街乡镇该预警" in page
    assert client.post("/supervision/warnings", data={"cycle": MARCH.id}).status_code == 302
    again = client.get("/supervision").text
    assert "这一期已预警 11 个街乡镇" in again
    # Each count leads to the 口径对账 of the same cycle, ledger, attribution and date.
    (link,) = findall(r'href="([^"]*reconciliation[^"]*township=T11[^"]*)"', again)
    asked = {"cycle=month-2025-03", "attribution=reported", "basis=received", "ledger=raw"}
    assert asked <= set(unescape(link).partition("?")[2].split("&"))
    assert findall(r'data-step="received">(?:<a[^>]*>)?(\d+)', client.get(unescape(link)).text) == [
        "12"
    ]
    with services(app).database.session() as session:
        number = session.scalar(select(EarlyWarning.id).where(EarlyWarning.township == "T12"))
        assert number is None
        number = session.scalar(select(EarlyWarning.id).where(EarlyWarning.township == "T11"))
    told = client.get(f"/supervision/warnings/{number}").text
    assert "并列" in told
    assert "+8%" in told  # 12 cases in 31 days against 10 in 28
    viewer = client_as(app, "viewer", ["viewer"])
    assert "生成预警" not in viewer.get("/supervision").text
    assert viewer.post("/supervision/warnings", data={"cycle": MARCH.id}).status_code == 403


def test_what_waits_is_told_on_the_first_page(app: Flask, inspector: Access) -> None:
    raised(app, inspector)
    late = date(2025, 4, 27)
    assert to_supervise(inspector, late)["warnings_open"] == (11, 11)
    assert to_supervise(inspector, TODAY)["warnings_open"] == (11, 0)
    own = person(app, "of-t1", "handling_unit", "T1")
    assert to_answer(own, late) == {"warnings_owed": (1, 1), "orders_owed": (0, 0)}
    assert to_supervise(own, late) == {}
    assert "还没有回应预警" in client_as(app, "inspector", ["inspection"]).get("/").text
    assert "等街乡镇回应" in client_as(app, "of-t1", ["handling_unit"]).get("/").text
