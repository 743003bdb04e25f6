"""Two who write at once: the second is told so, and a breach of another rule stays a bug."""

from __future__ import annotations

import sqlite3

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError, OperationalError
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


def test_who_waits_in_vain_for_another_is_told_that_nothing_was_saved(empty_app: Flask) -> None:
    file = services(empty_app).home.database
    with sqlite3.connect(file, timeout=0) as writer, sqlite3.connect(file, timeout=0) as waits:
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError) as locked:
            waits.execute("BEGIN IMMEDIATE")
        writer.rollback()
    error = OperationalError("INSERT", {}, locked.value)
    assert status_of(empty_app, error) == 503
    with empty_app.test_request_context("/"):
        page = empty_app.make_response(empty_app.handle_user_exception(error)).get_data(
            as_text=True
        )
    assert "系统正忙，请稍后再试；没有保存" in page
    other = OperationalError("SELECT", {}, sqlite3.OperationalError("no such table: x"))
    assert status_of(empty_app, other) == 500


def test_what_breaks_another_rule_of_a_table_is_a_bug(empty_app: Flask) -> None:
    with pytest.raises(IntegrityError) as broken:  # noqa: SIM117
        with services(empty_app).database.session() as session:
            session.add(ListItem(plan_id=999, kind="tasks", title=None, cooperating=[]))
    assert status_of(empty_app, broken.value) == 500
