"""Rule sets: what is refused and why, and what closed cycles keep from change."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from app.accounts.access import Access
from app.accounts.models import AuditEntry
from app.errors import Conflict, InvalidParameter
from app.townships.assessment.models import ClosedCycle
from app.townships.assessment.rule_sets import RuleSetValues, change, create, end
from app.townships.assessment.rules import ResultRules, Rules
from app.townships.assessment.timeline import timeline_from
from geodata.home import Home
from tests.people import client_as, first_client, make_app, operator_of

pytestmark = pytest.mark.db


def values(name: str, first: str, last: str | None = None, **more: object) -> RuleSetValues:
    told = {"start_day": 1, "cut_hour": 0, "attribution": "reported", "basis": "callback",
            "ledger": "raw", "response": 10, "resolution": 50, "satisfaction": 40,
            "basically_satisfied": 0.9, "results": ResultRules()}  # fmt: skip
    return RuleSetValues.model_validate(
        {"name": name, "first_day": first, "last_day": last, **told, **more}
    )


def close_as_of_now(access: Access, cycle_id: str) -> None:
    """Write a closed cycle without its figures: rule sets look at its days alone."""
    cycle = timeline_from(access.database, 1).find(cycle_id)
    with access.database.session() as session:
        session.add(
            ClosedCycle(
                cycle_id=cycle_id, first_day=cycle.first_day, end_day=cycle.end_day,
                case_store_version=1, boundary_version="b", document="{}", digest="d",
                closed_at=datetime.now(UTC), closed_by="x",
            )
        )  # fmt: skip


@pytest.fixture
def access(tmp_path: Path) -> Access:
    return operator_of(Home.at(tmp_path / "home"))


def test_a_set_holds_on_its_days_and_the_default_on_others(access: Access) -> None:
    create(access, values("甲", "2025-01-01", "2025-06-30", start_day=19), 5)
    made = timeline_from(access.database, 5)
    names = [made.era_of(date(2025, *day)).name for day in ((1, 1), (6, 30), (7, 1))]
    assert names == ["甲", "甲", ""]
    starts = [era.rules.calendar.start_day for era in made.eras]
    assert starts == [5, 19, 5]
    assert made.rules_for(made.find("month-2025-09")) == Rules(made.eras[-1].rules.calendar)


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [("2025-06-30", None, "2025-06-30 to 2025-06-30"), ("2024-01-01", "2025-01-01", "2025-01-01"),
     ("2025-02-01", "2025-02-02", "2025-02-01 to 2025-02-02")],
)  # fmt: skip
def test_sets_that_overlap_are_refused_by_name_and_day(access, first, last, days) -> None:
    create(access, values("甲", "2025-01-01", "2025-06-30"), 1)
    with pytest.raises(Conflict) as caught:
        create(access, values("乙", first, last), 1)
    told = str(caught.value)
    assert all(each in told for each in ("甲", "乙", days))
    assert len(timeline_from(access.database, 1).eras) == 3


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_days_at_the_ends_of_time_are_refused(access: Access, day: str) -> None:
    with pytest.raises(ValidationError):
        values("甲", day)
    with pytest.raises(ValidationError):
        values("甲", "2025-01-01", day)
    made = create(access, values("甲", "2025-01-01"), 1)
    with pytest.raises(InvalidParameter, match="last day"):
        end(access, made.id, made.row_version, date.fromisoformat(day), 1)


def test_sets_that_touch_are_not_refused(access: Access) -> None:
    create(access, values("甲", "2025-01-01", "2025-06-30"), 1)
    create(access, values("乙", "2025-07-01"), 1)
    create(access, values("丙", "2024-07-01", "2024-12-31"), 1)
    assert [era.name for era in timeline_from(access.database, 1).eras] == ["", "丙", "甲", "乙"]


@pytest.mark.parametrize(
    "bad", [{"response": 20}, {"response": -10, "resolution": 70}, {"start_day": 29},
            {"cut_hour": 24}, {"basically_satisfied": 1.5}, {"last_day": "2024-12-31"}],
)  # fmt: skip
def test_values_that_cannot_serve(bad) -> None:
    with pytest.raises((InvalidParameter, ValueError)):
        values("甲", "2025-01-01", **bad)


def test_weights_in_tenths_add_up() -> None:
    assert values("甲", "2025-01-01", response=33.3, resolution=33.3, satisfaction=33.4)


def test_a_set_that_a_closed_cycle_stands_on_is_ended_not_changed(access: Access) -> None:
    made = create(access, values("甲", "2025-01-01"), 1)
    close_as_of_now(access, "month-2025-02")
    with pytest.raises(Conflict, match="month-2025-02"):
        change(access, made.id, made.row_version, values("甲", "2025-01-01", start_day=19), 1)
    with pytest.raises(Conflict, match="month-2025-02"):
        end(access, made.id, made.row_version, date(2025, 1, 31), 1)
    end(access, made.id, made.row_version, date(2025, 2, 28), 1)
    create(access, values("乙", "2025-03-01", start_day=19), 1)
    after = timeline_from(access.database, 1)
    assert after.era_for(after.find("month-2025-02")).name == "甲"
    with access.database.session() as session:
        acts = list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
    assert acts == ["rule_set.create", "rule_set.end", "rule_set.create"]


def test_a_new_set_does_not_reach_closed_cycles(access: Access) -> None:
    close_as_of_now(access, "month-2025-02")
    for first, more in (("2025-02-15", {"start_day": 19}), ("2025-01-01", {"response": 0,
                        "satisfaction": 50})):  # fmt: skip
        with pytest.raises(Conflict, match="month-2025-02"):
            create(access, values("甲", first, **more), 1)
    create(access, values("甲", "2025-03-01", start_day=19), 1)


def test_the_second_of_two_editors_is_told(access: Access) -> None:
    made = create(access, values("甲", "2025-01-01"), 1)
    seen = made.row_version
    change(access, made.id, seen, values("甲改", "2025-01-01"), 1)
    with pytest.raises(Conflict, match="meanwhile"):
        change(access, made.id, seen, values("乙改", "2025-01-01"), 1)


def test_the_pages(tmp_path: Path) -> None:
    app = make_app(tmp_path / "home", cycle_start_day=19)
    planner, viewer = first_client(app), client_as(app, "viewer", ["viewer"])
    empty = planner.get("/assessment/rules").text
    assert "系统默认" in empty
    assert "每月 19 日起" in empty
    new = planner.get("/assessment/rules/new").text
    assert 'name="start_day" required type="number" value="19"' in new
    told = values("二〇二五", "2025-01-01").model_dump(exclude={"results", "last_day"})
    form = {**told, **ResultRules().model_dump(exclude_none=True)}
    wrong = planner.post("/assessment/rules/new", data={**form, "response": "20"})
    assert (wrong.status_code, "三率权重之和应为 100，现为 110" in wrong.text) == (400, True)
    assert planner.post("/assessment/rules/new", data=form).status_code == 302
    page = planner.get("/assessment/rules").text
    assert "二〇二五" in page
    assert "今天生效" in page
    assert viewer.get("/assessment/rules").status_code == 200
    assert viewer.post("/assessment/rules/new", data=form).status_code == 403
    assert (
        viewer.post("/assessment/rules/1/end", data={"last_day": "2025-02-01"}).status_code == 403
    )
    ended = {"last_day": "2025-12-31", "row_version": "1"}
    assert planner.post("/assessment/rules/1/end", data=ended).status_code == 302
    assert "已终止" in planner.get("/assessment/rules").text
    assert planner.post("/assessment/rules/1/end", data={"row_version": "2"}).status_code == 400
    assert planner.get("/assessment/rules/7").status_code == 404
