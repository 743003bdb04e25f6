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
