"""A step that cannot be done: what was typed stays, and what is wrong stands at its field."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.access import operator
from app.accounts.units import UnitValues, create_unit
from app.services import services
from app.townships.supervising.models import SupervisionOrder
from tests.app.townships.governed_city import make_areas
from tests.people import first_client, make_app

WORDS = "已约定维修时间"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return make_app(make_areas(tmp_path_factory.mktemp("sending")).path)


@pytest.fixture(scope="module")
def order(app: Flask) -> str:
    """Address of an order that nobody has answered."""
    database = services(app).database
    unit = create_unit(operator(database), UnitValues(name="水务局", kind="department"))
    with database.session() as session:
        made = SupervisionOrder(
            number="督1", source="media", level="city", title="积水", demand="限期解决",
            unit_id=unit.id, issued_on=date(2025, 4, 1), deadline=date(2025, 4, 20),
            state="open", extensions=[],
        )  # fmt: skip
        session.add(made)
        session.flush()
        return f"/supervision/orders/{made.id}"


def told_at(page: str, field: str) -> str:
    """Return what a page says at a field, which must be tied to it for screen readers."""
    found = re.search(rf'id="{field}-error">.*?<span>(.*?)</span>', page, re.DOTALL)
    assert found, page
    assert re.search(rf'aria-describedby="[^"]*{field}-error[^"]*"[^>]*id="{field}"', page)
    return found.group(1)


@pytest.mark.parametrize(
    ("until", "says", "status"),
    [
        ("2025-13-45", "“2025-13-45”不是日期，应如 2025-06-30", 422),
        ("2025-04-10", "延期日期 2025-04-10 应晚于现有时限 2025-04-20", 400),
    ],
)
def test_the_error_names_value_and_rule_at_its_field(
    app: Flask, order: str, until: str, says: str, status: int
) -> None:
    sent = {"until": until, "reason": WORDS, "row_version": "1"}
    answer = first_client(app).post(f"{order}/extend", data=sent)
    assert answer.status_code == status
    assert told_at(answer.text, "extension-until") == says
    assert WORDS in answer.text


def test_a_step_without_words_is_told_at_them_alone(app: Flask, order: str) -> None:
    sent = {"words": "", "row_version": "1"}
    answer = first_client(app).post(f"{order}/feedback", data=sent)
    assert answer.status_code == 422
    assert told_at(answer.text, "feedback-words")
    assert "extension-until-error" not in answer.text


def test_a_form_that_stands_there_no_more_is_told_of_above(app: Flask, order: str) -> None:
    """Nothing was answered yet, so the page has no form to close the order with."""
    sent = {"words": "可以", "row_version": "1"}
    answer = first_client(app).post(f"{order}/close", data=sent)
    assert answer.status_code == 409
    assert "closing-words" not in answer.text
    assert re.search(r'role="alert">.*?没有保存.*?</div>', answer.text, re.DOTALL)


def test_what_is_about_no_field_stands_above_the_words_that_were_typed(
    app: Flask, order: str
) -> None:
    """Another has changed the order: the page shows it as it is now, and can be sent again."""
    client: FlaskClient = first_client(app)
    stale = client.post(f"{order}/feedback", data={"words": WORDS, "row_version": "9"})
    assert stale.status_code == 409
    assert "已被他人修改" in stale.text
    assert WORDS in stale.text
    version = re.search(r'id="feedback-row_version"[^>]*value="(\d+)"', stale.text)
    assert version
    again = client.post(f"{order}/feedback", data={"words": WORDS, "row_version": version[1]})
    assert again.status_code == 302
