"""Samples: drawn alike by the same seed, judged by people, with Wilson's interval."""

from __future__ import annotations

import hashlib
from math import sqrt

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.units import find_unit
from app.services import services
from app.topics.checking import Precision
from app.topics.models import CheckedCase
from tests.app.topics.topic_city import make_problem, rows, send
from tests.people import client_as

DRAW = "/topics/definitions/1/checks"


def sampled(app: Flask, check: int) -> list[str]:
    query = select(CheckedCase.case_id).where(CheckedCase.check_id == check)
    with services(app).database.session() as session:
        return list(session.scalars(query.order_by(CheckedCase.position)))


def test_a_seed_draws_the_cases_of_least_hash(topic_app: tuple[Flask, FlaskClient]) -> None:
    app, client = topic_app
    make_problem(client)
    for seed in ("5", "5", "6"):
        send(client, DRAW, size="20", seed=seed)
    ids = [row["case_id"] for row in rows() if row["class_2"] == "电梯"]
    expected = sorted(ids, key=lambda each: hashlib.sha256(f"5:{each}".encode()).hexdigest())[:20]
    assert sampled(app, 1) == sampled(app, 2) == expected
    assert set(sampled(app, 3)) != set(expected)
    assert f"从 {len(ids):,} 件中抽 20 件" in client.get("/topics/problems/1").text


def test_answers_give_precision_and_stay(topic_app: tuple[Flask, FlaskClient]) -> None:
    app, client = topic_app
    make_problem(client)
    page = send(client, DRAW, size="10", seed="1")
    form = {f"answer-{n}": "no" if n == 3 else "yes" for n in range(1, 10)}
    send(client, page, **form, **{f"seen-{n}": "1" for n in range(1, 10)})
    told = client.get(page).text
    # Wilson by hand: z = 1.959964, 8 of 9.
    share, n, z = 8 / 9, 9, 1.959963984540054
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    assert (
        f"准确率 88.9%（95% 区间 {100 * (middle - reach):.1f}%–{100 * (middle + reach):.1f}%"
        in told
    )
    assert "还有 1 件未判断" in told
    assert "准确率 88.9%" in client.get("/topics/1").text
    viewer = client_as(app, "viewer", ["viewer"])
    assert "88.9" not in viewer.get("/topics/1").text


def test_the_second_of_two_judges_is_told(topic_app: tuple[Flask, FlaskClient]) -> None:
    app, client = topic_app
    make_problem(client)
    page = send(client, DRAW, size="10", seed="1")
    send(client, page, **{"answer-1": "yes", "seen-1": "1"})
    late = client.post(page, data={"answer-1": "no", "seen-1": "1", "answer-2": "no",
                                   "seen-2": "1"})  # fmt: skip
    assert late.status_code == 409
    with services(app).database.session() as session:
        query = select(CheckedCase.answer).order_by(CheckedCase.position).limit(2)
        assert list(session.scalars(query)) == ["yes", ""]
    # The same answer again is no change, whoever gives it.
    assert client.post(page, data={"answer-1": "yes", "seen-1": "1"}).status_code == 302


@pytest.mark.parametrize(
    "form",
    [
        {"answer-1": "maybe", "seen-1": "1"},
        {"answer-99": "yes", "seen-99": "1"},
        {"answer-x": "yes"},
        {"answer-1": "yes"},
    ],
)
def test_wrong_answers_are_refused(shared: FlaskClient, form: dict[str, str]) -> None:
    assert shared.post("/topics/checks/1", data=form).status_code == 400
    assert "尚未判断" in shared.get("/topics/checks/1").text


@pytest.mark.parametrize("form", [{"size": "9", "seed": "1"}, {"size": "10", "seed": "x"}, {}])
def test_a_sample_needs_size_and_seed(shared: FlaskClient, form: dict[str, str]) -> None:
    assert shared.post(DRAW, data=form).status_code == 400


def test_texts_are_masked_and_only_readers_of_cases_judge(
    topic_app: tuple[Flask, FlaskClient],
) -> None:
    app, client = topic_app
    make_problem(client, classes="市容环卫")
    page = send(client, DRAW, size="10", seed="1")
    assert "垃圾未清" in client.get(page).text
    assert "13912345678" not in client.get(page).text
    viewer = client_as(app, "viewer", ["viewer"])
    assert viewer.get(page).status_code == 403
    assert viewer.post(DRAW, data={"size": "10", "seed": "1"}).status_code == 403


def test_others_cases_are_not_shown(topic_app: tuple[Flask, FlaskClient]) -> None:
    app, client = topic_app
    client.post("/units/adopt")
    make_problem(client)
    page = send(client, DRAW, size="30", seed="1")
    east = find_unit(services(app).database, "东街道")
    judge = client_as(app, "east", ["reviewer"], east.id)
    told = judge.get(page).text
    ids = sampled(app, 1)
    places = {row["case_id"]: row["reported_township"] for row in rows()}
    # The east handles these cases or is where they lie: see Area.keep_cases.
    mine = [n for n, each in enumerate(ids, 1) if f'name="answer-{n}"' in told]
    assert mine
    assert {n for n, each in enumerate(ids, 1) if places[each] == "东街道"} <= set(mine)


def test_nothing_judged_has_no_precision() -> None:
    assert Precision(0, 0, 10).interval is None
    assert Precision(10, 0, 0).share == 1
