"""The life of an application: who may take which step, what is frozen, what the audit keeps."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.accounts.models import AuditEntry
from app.projects.proactive.models import ProactiveProject
from app.services import services
from app.townships.assessment.left_out import left_out_now
from app.townships.assessment.models import Exclusion
from tests.app.proactive.pointed_city import FORM, MIDDLE, person, take
from tests.people import client_as

NEW = "/projects/proactive/new"
SECRET = "张三丰家"


def record(app, number: int = 1) -> ProactiveProject:
    with services(app).database.session() as session:
        return session.get_one(ProactiveProject, number)


def rules(app):
    return left_out_now(services(app).database).exclusions


def audit(app) -> str:
    with services(app).database.session() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return "\n".join(f"{e.action} {e.subject_id} {e.before} {e.after}" for e in entries)


def approve(app, city, **changes: str) -> int:
    """Take a new application through to its approval; returns its id."""
    own, above = person(app, "T1"), person(app, "D1")
    made = own.post(NEW, data={**FORM, **changes})
    number = int(made.headers["Location"].rpartition("/")[2])
    assert take(own, number, "applied", 1) == 302
    assert take(above, number, "district_reviewed", 2) == 302
    assert take(city, number, "approved", 3) == 302
    return number


@pytest.mark.db
def test_township_applies_district_reviews_city_approves(app, city):
    own, above, other = person(app, "T1"), person(app, "D1"), person(app, "D2")
    assert person(app, "T3").post(NEW, data=FORM).status_code == 422
    assert own.post(NEW, data=FORM).status_code == 302
    assert other.get("/projects/proactive/1").status_code == 403
    assert take(other, 1, "applied", 1) == 403
    assert take(own, 1, "applied", 1) == 302
    assert take(own, 1, "district_reviewed", 2) == 403
    assert take(city, 1, "approved", 2) == 409
    assert take(above, 1, "returned", 2) == 400
    assert take(above, 1, "returned", 2, "点位太大") == 302
    assert record(app).state == "returned"
    assert take(own, 1, "applied", 3) == 302
    assert take(above, 1, "district_reviewed", 4) == 302
    assert take(above, 1, "approved", 5) == 403
    assert take(own, 1, "approved", 5) == 403
    assert rules(app) == ()
    assert take(city, 1, "approved", 4) == 409
    assert take(city, 1, "approved", 5) == 302
    assert take(city, 1, "approved", 6) == 409
    (rule,) = rules(app)
    assert (rule.township, rule.classes, rule.also) == ("T1", ("物业", "漏水"), ())
    assert (rule.first, rule.last) == (date(2025, 2, 10), date(2025, 3, 20))
    assert [(p.name, p.lng, p.lat, p.radius_m) for p in rule.points] == [("花园小区", *MIDDLE, 600)]
    found = record(app)
    assert (found.applied_by, found.reviewed_by) == ("planner-T1", "planner-D1")
    assert "点位太大" in own.get("/projects/proactive/1").text


def test_who_decides_exclusions_approves_without_being_a_planner(app):
    bureau = client_as(app, "bureau", ["government_services"])
    number = approve(app, bureau)
    assert record(app, number).approved_by == "bureau"


@pytest.mark.parametrize("state", ["applied", "district_reviewed", "approved"])
def test_what_is_under_review_or_approved_is_frozen(app, city, state):
    own, above = person(app, "T1"), person(app, "D1")
    own.post(NEW, data=FORM)
    steps = (("applied", own), ("district_reviewed", above), ("approved", city))
    for version, (to, who) in enumerate(steps, 1):
        take(who, 1, to, version)
        if to == state:
            break
    before = record(app)
    changed = {**FORM, "points-0-radius_m": "1900", "row_version": str(before.row_version)}
    assert own.get("/projects/proactive/1/edit").status_code == 409
    assert own.post("/projects/proactive/1/edit", data=changed).status_code == 409
    assert record(app).points == before.points


def test_an_end_before_the_window_ends_cuts_the_exclusion_short(app, city):
    number = approve(app, city)
    own = person(app, "T1")
    assert take(own, number, "ended", 4) == 400
    assert take(own, number, "ended", 4, "做完了") == 302
    (rule,) = rules(app)
    assert rule.last == min(date(2025, 3, 20), date.today())


@pytest.mark.db
def test_an_end_today_cuts_a_window_that_goes_on(app, city):
    today = date.today()
    far = (today + timedelta(days=200)).isoformat()
    number = approve(app, city, window_end=far, work_end=far)
    assert take(city, number, "ended", 4, "提前完成") == 302
    (rule,) = rules(app)
    assert rule.last == today
    assert "exclusion.shorten" in audit(app)
    assert "提前结束" in city.get("/assessment/exclusions/1").text


def test_a_window_yet_to_come_is_withdrawn_with_the_end(app, city):
    soon, far = ((date.today() + timedelta(days=n)).isoformat() for n in (30, 200))
    number = approve(app, city, window_start=soon, window_end=far, work_start=soon, work_end=far)
    assert take(city, number, "ended", 4, "不做了") == 302
    assert rules(app) == ()


def test_the_city_takes_an_approval_back(app, city):
    number = approve(app, city)
    assert take(person(app, "T1"), number, "withdrawn", 4, "不要了") == 403
    assert take(city, number, "withdrawn", 4) == 400
    assert take(city, number, "withdrawn", 4, "批准有误") == 302
    assert rules(app) == ()
    with services(app).database.session() as session:
        assert session.get_one(Exclusion, 1).state == "withdrawn"


def test_an_exclusion_withdrawn_by_itself_is_told(app, city):
    number = approve(app, city)
    form = {"state": "withdrawn", "row_version": "1"}
    assert city.post("/assessment/exclusions/1/decision", data=form).status_code == 302
    assert "它的剔除规则已被撤回" in city.get(f"/projects/proactive/{number}").text


@pytest.mark.db
def test_a_change_is_a_new_application_that_takes_the_place_of_the_old(app, city):
    number = approve(app, city)
    own = person(app, "T1")
    filled = own.get(f"{NEW}?former={number}").text
    assert "花园小区" in filled
    moved = str(MIDDLE[1] + 0.001)
    second = approve(app, city, former=str(number), window_start="2025-03-01",
                     **{"points-0-lat": moved, "points-0-radius_m": "700"})  # fmt: skip
    assert record(app, second).former_id == number
    former = record(app, number)
    assert (former.state, former.ended_on) == ("ended", date(2025, 2, 28))
    old, new = rules(app)
    assert (old.last, new.first) == (date(2025, 2, 28), date(2025, 3, 1))
    page = city.get(f"/projects/proactive/{second}").text
    assert "“花园小区”移动 111 米" in page
    assert "“花园小区”半径增加 100 米" in page


def test_only_an_approved_application_can_be_changed_by_another(app):
    own = person(app, "T1")
    own.post(NEW, data=FORM)
    answer = own.post(NEW, data={**FORM, "former": "1"})
    assert answer.status_code == 400
    assert "只能变更" in answer.text


def test_a_change_cannot_wander_to_another_township(app, city):
    number = approve(app, city)
    made = city.post(NEW, data={**FORM, "former": str(number), "window_start": "2025-03-01"})
    draft = int(made.headers["Location"].rpartition("/")[2])
    elsewhere = {**FORM, "township": "T3", "row_version": "1"}
    with services(app).database.session() as session:
        before = session.get_one(ProactiveProject, draft).township
    answer = city.post(f"/projects/proactive/{draft}/edit", data=elsewhere)
    assert answer.status_code == 400
    assert record(app, draft).township == before
    assert record(app, number).state == "approved"


def test_an_application_without_its_grounds_is_not_applied_for(app):
    own = person(app, "T1")
    own.post(NEW, data={**FORM, "problems": "  "})
    answer = own.post("/projects/proactive/1/move", data={"state": "applied", "row_version": "1"})
    assert answer.status_code == 400
    assert "没有写“问题清单”" in answer.text
    assert record(app).state == "draft"


@pytest.mark.parametrize(("on", "line"), [("2999-01-01", "晚于今天"), ("1900-01-01", "早于")])
def test_days_of_steps(app, on, line):
    own = person(app, "T1")
    own.post(NEW, data=FORM)
    form = {"state": "applied", "row_version": "1", "on": on}
    answer = own.post("/projects/proactive/1/move", data=form)
    assert answer.status_code == 400
    assert line in answer.text


@pytest.mark.db
def test_two_people_write_one_draft(app):
    own, above = person(app, "T1"), person(app, "D1")
    own.post(NEW, data=FORM)
    path = "/projects/proactive/1/edit"
    first = own.post(path, data={**FORM, "title": "甲", "row_version": "1"})
    assert first.status_code == 302
    late = above.post(path, data={**FORM, "title": "乙的改动", "row_version": "1"})
    assert late.status_code == 409
    assert "乙的改动" in late.text
    assert record(app).title == "甲"


def test_an_audit_without_free_words_or_ids_of_cases(app, rows):
    own = person(app, "T1")
    one, two = [row["case_id"] for row in rows if row["reported_township"] == "1街道"][:2]
    own.post(NEW, data={**FORM, "root_cause": SECRET, "problems": SECRET, "measures": SECRET,
                        "points-0-name": SECRET, "source_cases": f"{one}, {two}"})  # fmt: skip
    assert record(app).source_cases == [one, two]
    told = audit(app)
    assert "proactive.create" in told
    assert SECRET not in told
    assert one not in told
