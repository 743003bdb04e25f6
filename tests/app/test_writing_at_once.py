"""Two who write at once: the second is told so, and a breach of another rule stays a bug."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from app.services import services
from app.townships.governing.models import DISTRICT_PLAN, ListItem, Plan


def status_of(app: Flask, error: Exception) -> int:
    with app.test_request_context("/", headers={"Accept": "application/json"}):
        answer = app.make_response(app.handle_user_exception(error))
        return answer.status_code


@pytest.mark.db
def test_the_second_of_two_is_told(empty_app: Flask) -> None:
    database = services(empty_app).database
    with pytest.raises(IntegrityError) as twice, database.session() as session:
        session.add_all(
            Plan(level=DISTRICT_PLAN, area_code="D1", name="东区", year=2025) for _ in range(2)
        )
    assert status_of(empty_app, twice.value) == 409
    assert status_of(empty_app, StaleDataError()) == 409


def test_what_breaks_another_rule_of_a_table_is_a_bug(empty_app: Flask) -> None:
    with pytest.raises(IntegrityError) as broken:  # noqa: SIM117
        with services(empty_app).database.session() as session:
            session.add(ListItem(plan_id=999, kind="tasks", title=None, cooperating=[]))
    assert status_of(empty_app, broken.value) == 500
