"""The life of a designation: what may follow what, which are in force, and what the audit tells."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.accounts.access import Access, operator
from app.accounts.areas import EVERYWHERE
from app.accounts.audit import history_of
from app.accounts.permissions import Permission
from app.db import Database
from app.errors import Conflict, Forbidden, InvalidParameter
from app.succession.models import Succession
from app.townships.designations.in_force import designated_on
from app.townships.designations.life import (
    Move,
    Township,
    designate,
    move,
    propose,
    watched_until,
)
from app.townships.designations.models import (
    CLOSED,
    DECLINED,
    DESIGNATED,
    EXIT_PROPOSED,
    EXITED,
    GOVERNED,
    PROPOSED,
    WITHDRAWN,
    Designation,
)

EAST = Township("T1", "东街道", "甲区")
JANUARY, MARCH, JUNE = date(2024, 1, 10), date(2024, 3, 1), date(2024, 6, 1)


def proposed(database: Database, township: Township = EAST) -> Designation:
    with database.session() as session:
        return propose(operator(database), session, township, JANUARY, "两个月居前十")


def designated(database: Database, on: date = JANUARY) -> Designation:
    with database.session() as session:
        return designate(operator(database), session, EAST, on, reason="诉求集中")


def moved(database: Database, record: Designation, *moves: Move) -> Designation:
    for each in moves:
        record = move(operator(database), record.id, record.row_version, each)
    return record


def exited(database: Database, on: date = JUNE) -> Designation:
    return moved(
        database,
        designated(database),
        Move(GOVERNED, MARCH),
        Move(EXIT_PROPOSED, on, "六个月在前十之外"),
        Move(EXITED, on, "任务完成"),
    )


@pytest.mark.db
def test_a_township_is_in_force_from_its_first_day_until_before_its_exit(
    database: Database,
) -> None:
    exited(database)
    days = [date(2024, 1, 9), JANUARY, date(2024, 5, 31), JUNE]
    assert [designated_on(database, day) for day in days] == [
        frozenset(), {"T1"}, {"T1"}, frozenset(),
    ]  # fmt: skip


def test_a_proposal_is_not_in_force_and_may_be_declined_with_a_reason(database: Database) -> None:
    record = proposed(database)
    assert designated_on(database, date(2030, 1, 1)) == frozenset()
    with pytest.raises(InvalidParameter, match="needs a reason"):
        moved(database, record, Move(DECLINED, MARCH, " "))
    record = moved(database, record, Move(DECLINED, MARCH, "拆迁后人口将减少"))
    with pytest.raises(Conflict, match="nothing"):
        moved(database, record, Move(DESIGNATED, MARCH, "再议"))
    assert proposed(database).id != record.id


def test_a_proposal_that_is_followed_is_the_designation(database: Database) -> None:
    record = proposed(database)
    followed = moved(database, record, Move(DESIGNATED, MARCH, "会议决定"))
    assert (followed.id, followed.state, followed.designated_on) == (record.id, DESIGNATED, MARCH)
    assert designated_on(database, MARCH) == {"T1"}


@pytest.mark.db
@pytest.mark.parametrize("state", [DESIGNATED, PROPOSED])
def test_no_township_is_proposed_or_designated_twice(database: Database, state: str) -> None:
    (designated if state == DESIGNATED else proposed)(database)
    with pytest.raises(Conflict, match=r"东街道 is .* already, since 2024-01-10"):
        (proposed if state == PROPOSED else designated)(database)
    with pytest.raises(IntegrityError), database.session() as session:
        session.add(Designation(township="T1", name="东", state=GOVERNED, since=JUNE))


def test_steps_that_may_not_follow_are_refused_with_those_that_may(database: Database) -> None:
    record = proposed(database)
    with pytest.raises(Conflict, match="proposed: exited may not follow") as refused:
        moved(database, record, Move(EXITED, MARCH, "完成"))
    assert "已纳入" in refused.value.chinese
    record = moved(database, record, Move(DESIGNATED, MARCH), Move(GOVERNED, MARCH))
    with pytest.raises(Conflict, match="lies before"):
        moved(database, record, Move(EXIT_PROPOSED, JANUARY, "完成"))
    record = moved(database, record, Move(EXIT_PROPOSED, JUNE, "完成"))
    with pytest.raises(InvalidParameter):
        moved(database, record, Move(GOVERNED, JUNE))
    assert moved(database, record, Move(GOVERNED, JUNE, "复发")).state == GOVERNED


def test_it_is_closed_after_twelve_months_or_with_a_reason(database: Database) -> None:
    record = exited(database)
    assert watched_until(JUNE) == date(2025, 6, 1)
    with pytest.raises(Conflict, match="watched until 2025-06-01"):
        moved(database, record, Move(CLOSED, date(2025, 5, 31)))
    assert moved(database, record, Move(CLOSED, date(2025, 6, 1))).closed_on == date(2025, 6, 1)


def test_it_is_closed_early_with_a_reason(database: Database) -> None:
    record = moved(database, exited(database), Move(CLOSED, date(2024, 7, 1), "街道撤销"))
    assert record.state == CLOSED


def test_one_not_yet_in_governance_is_taken_back_with_a_reason(database: Database) -> None:
    record = designated(database)
    with pytest.raises(InvalidParameter, match="needs a reason"):
        moved(database, record, Move(WITHDRAWN, MARCH))
    with pytest.raises(Conflict, match="lies before"):
        moved(database, record, Move(WITHDRAWN, date(2024, 1, 9), "误选"))
    record = moved(database, record, Move(WITHDRAWN, MARCH, "误选"))
    days = [JANUARY, date(2024, 2, 29), MARCH, date(2030, 1, 1)]
    assert [designated_on(database, day) for day in days] == [
        {"T1"}, {"T1"}, frozenset(), frozenset(),
    ]  # fmt: skip
    act = history_of(database, "designation", record.id)[-1]
    assert (act.act, act.words) == (WITHDRAWN, "误选")
    again = designated(database, JUNE)
    assert again.former_id == record.id
    assert designated_on(database, JUNE) == {"T1"}
    governed = moved(database, again, Move(GOVERNED, JUNE))
    with pytest.raises(Conflict, match="withdrawn may not follow"):
        moved(database, governed, Move(WITHDRAWN, JUNE, "误选"))


def test_one_that_is_not_yet_in_force_is_taken_back_today(database: Database) -> None:
    today = date.today()
    record = designated(database, today + timedelta(days=30))
    with pytest.raises(Conflict, match="lies before"):
        moved(database, record, Move(WITHDRAWN, today - timedelta(days=1), "误选"))
    moved(database, record, Move(WITHDRAWN, today, "误选"))
    assert designated_on(database, today + timedelta(days=31)) == frozenset()


def test_a_leap_day_is_watched_until_the_first_of_march() -> None:
    assert watched_until(date(2024, 2, 29)) == date(2025, 3, 1)


def test_one_that_left_is_designated_anew_and_its_watch_ends(database: Database) -> None:
    former = exited(database)
    with pytest.raises(Conflict, match="exited since 2024-06-01: 2024-05-01 lies before"):
        designated(database, date(2024, 5, 1))
    again = designated(database, date(2024, 9, 1))
    assert again.former_id == former.id
    with database.session() as session:
        first = session.scalars(select(Designation).order_by(Designation.id)).first()
    assert first is not None
    assert (first.state, first.closed_on) == (CLOSED, date(2024, 9, 1))
    assert designated_on(database, date(2024, 9, 1)) == {"T1"}
    assert designated_on(database, date(2024, 8, 1)) == frozenset()


@pytest.mark.parametrize("on", [date(1, 1, 1), date(9999, 12, 31)])
def test_days_that_are_slips_of_the_pen_are_refused(database: Database, on: date) -> None:
    record = designated(database)
    with pytest.raises(InvalidParameter, match="is not between"):
        moved(database, record, Move(GOVERNED, on))
    with pytest.raises(InvalidParameter), database.session() as session:
        designate(operator(database), session, Township("T2", "西镇"), on, reason="诉求集中")


def test_only_a_designation_may_be_written_down_ahead_of_its_day(database: Database) -> None:
    today = date.today()
    with pytest.raises(InvalidParameter, match="more than 60 days ahead"):
        designated(database, today + timedelta(days=61))
    record = designated(database, today + timedelta(days=60))
    with pytest.raises(InvalidParameter, match="yet to come"):
        moved(database, record, Move(GOVERNED, today + timedelta(days=60)))
    waiting = proposed(database, Township("T2", "西镇"))
    with pytest.raises(InvalidParameter, match="yet to come"):
        moved(database, waiting, Move(DECLINED, today + timedelta(days=1), "不必"))


def test_only_who_governs_may(database: Database) -> None:
    other = Access(database, "li", areas={Permission.WORK_PLANS: EVERYWHERE})
    record = designated(database)
    with pytest.raises(Forbidden):
        move(other, record.id, record.row_version, Move(GOVERNED, MARCH))
    with pytest.raises(Forbidden), database.session() as session:
        designate(other, session, Township("T2", "西镇"), MARCH, reason="诉求集中")
    with pytest.raises(Forbidden), database.session() as session:
        propose(other, session, Township("T2", "西镇"), MARCH, "诉求集中")


def test_a_designation_needs_a_decision_or_a_reason(database: Database) -> None:
    with pytest.raises(InvalidParameter), database.session() as session:
        designate(operator(database), session, EAST, MARCH, reason=" ")


def test_nothing_stays_of_a_designation_whose_decision_is_undone(database: Database) -> None:
    with database.session() as session:
        designate(operator(database), session, EAST, MARCH, reason="诉求集中")
        session.rollback()
    assert designated_on(database, JUNE) == frozenset()
    assert history_of(database, "designation", 1) == ()


def test_the_history_tells_every_act_oldest_first(database: Database) -> None:
    record = exited(database)
    acts = history_of(database, "designation", record.id)
    assert [act.act for act in acts] == ["create", GOVERNED, EXIT_PROPOSED, EXITED]
    assert acts[-1].words == "任务完成"
    assert acts[-1].changes["exited_on"] == (None, "2024-06-01")
    assert acts[-1].changes["state"] == (EXIT_PROPOSED, EXITED)
    assert {act.who for act in acts} == {"suyuan"}


def test_two_who_step_at_once_do_not_overwrite_one_another(database: Database) -> None:
    record = designated(database)
    move(operator(database), record.id, 1, Move(GOVERNED, MARCH))
    with pytest.raises(Conflict, match="changed by someone else"):
        move(operator(database), record.id, 1, Move(EXIT_PROPOSED, MARCH, "完成"))
    waiting = proposed(database, Township("T2", "西镇"))
    with pytest.raises(Conflict, match="changed by someone else"):
        move(operator(database), waiting.id, 9, Move(DESIGNATED, MARCH))


def test_a_township_that_is_renamed_stays_designated_and_is_not_taken_in_twice(
    database: Database,
) -> None:
    designated(database)
    with database.session() as session:
        session.add(Succession(old_code="T1", new_code="T1b", since=JUNE))
    assert designated_on(database, JUNE) == {"T1", "T1b"}
    with pytest.raises(Conflict, match="already"):
        proposed(database, Township("T1b", "东街道", "甲区"))
    with database.session() as session, pytest.raises(Conflict, match="already"):
        designate(operator(database), session, Township("T1b", "东街道", "甲区"), JUNE, reason="x")
