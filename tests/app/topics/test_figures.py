"""Callbacks and assessments: by form, by file, all of a file or nothing."""

from __future__ import annotations

import io
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import AuditEntry
from app.services import services
from app.topics.figures import callbacks as told_callbacks
from app.topics.models import TopicAssessment, TopicCallback
from tests.app.topics.topic_city import make_problem, send
from tests.people import client_as

HEAD = "题目,问题,回访月份,回访件数,解决件数,满意件数,来源\n"
GOOD = "电梯安全,电梯停运,2025年4月,40,30,20,热线中心\n"


def upload(client: FlaskClient, address: str, text: str) -> str:
    data = {"file": (io.BytesIO(text.encode()), "表.csv")}
    answer = client.post(address, data=data)
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"])


def callbacks(app: Flask) -> list[tuple[str, int, int, int]]:
    query = select(TopicCallback).order_by(TopicCallback.month)
    with services(app).database.session() as session:
        found = session.scalars(query)
        return [(row.month, row.asked, row.solved, row.satisfied) for row in found]


def test_a_file_of_callbacks_is_stored(topic_app: tuple[Flask, FlaskClient]) -> None:
    app, client = topic_app
    make_problem(client)
    waiting = upload(client, "/topics/callbacks/import", "回访汇总,,,,,,\n" + HEAD + GOOD)
    assert "新增 1，替换 0" in client.get(waiting).text
    send(client, waiting)
    again = upload(client, "/topics/callbacks/import", HEAD + GOOD.replace("30", "31"))
    assert "新增 0，替换 1" in client.get(again).text
    send(client, again)
    assert callbacks(app) == [("2025-04", 40, 31, 20)]
    for page in ("/topics/1", "/topics/problems/1", "/topics/callbacks"):
        assert "77.5%" in client.get(page).text


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("没有的题,电梯停运,2025-04,40,30,20,", "没有这个题目"),
        ("电梯安全,没有的问题,2025-04,40,30,20,", "题目下没有这个问题"),
        ("电梯安全,电梯停运,四月,40,30,20,", "不是月份"),
        ("电梯安全,电梯停运,2025-13,40,30,20,", "不是月份"),
        ("电梯安全,电梯停运,2025-05,40,41,20,", "多于回访件数 40"),
        ("电梯安全,电梯停运,2025-05,4.5,1,1,", "的整数"),
        ("电梯安全,电梯停运,2025-05,-4,1,1,", "的整数"),
        ("电梯安全,电梯停运,2025-05,=1+1,1,1,", "的整数"),
        ("电梯安全,电梯停运,2025/4,40,30,20,", "第 2 行已有"),
    ],
)
def test_one_bad_row_stores_nothing(shared: FlaskClient, row: str, said: str) -> None:
    client = shared
    waiting = upload(client, "/topics/callbacks/import", f"{HEAD}{GOOD}{row}\n")
    page = client.get(waiting).text
    assert "第 3 行" in page
    assert said in page
    assert client.post(waiting).status_code == 409
    assert callbacks(client.application) == []


def test_callbacks_by_form(topic_app: tuple[Flask, FlaskClient]) -> None:
    app, client = topic_app
    make_problem(client)
    form = {"problem_id": "1", "month": "2025-05", "asked": "4", "solved": "3", "satisfied": "2"}
    send(client, "/topics/callbacks", **form)
    assert callbacks(app) == [("2025-05", 4, 3, 2)]
    wrong = client.post("/topics/callbacks", data={**form, "solved": "5"})
    assert wrong.status_code == 400
    assert "不能多于回访件数" in wrong.text
    assert 'value="5"' in wrong.text
    assert client.post("/topics/callbacks", data={**form, "month": "五月"}).status_code == 400
    viewer = client_as(app, "viewer", ["viewer"])
    assert "75.0%" not in viewer.get("/topics/problems/1").text
    assert viewer.post("/topics/callbacks", data=form).status_code == 403


def test_assessments_by_file_and_form(topic_app: tuple[Flask, FlaskClient]) -> None:
    app, client = topic_app
    make_problem(client)
    text = "题目,评估,指标,值,单位\n电梯安全,年中,群众知晓率,81.5,%\n"
    send(client, upload(client, "/topics/assessments/import", text))
    send(client, "/topics/assessments", topic_id="1", period="year_end", indicator="满意度",
         value="90", unit="分")  # fmt: skip
    with services(app).database.session() as session:
        found = [(each.period, each.indicator, each.value, each.unit)
                 for each in session.scalars(select(TopicAssessment))]  # fmt: skip
    assert found == [("mid_year", "群众知晓率", 81.5, "%"), ("year_end", "满意度", 90.0, "分")]
    room = client.get("/topics/1").text
    assert "群众知晓率" in room
    wrong = upload(client, "/topics/assessments/import", text.replace("年中", "春天"))
    assert "应为“年中”或“年终”" in client.get(wrong).text
    for typed in ("Infinity", "sNaN", "NaN", "1e999", "1e13", "x"):
        refused = client.post("/topics/assessments", data={
            "topic_id": "1", "period": "mid_year", "indicator": "甲", "value": typed})  # fmt: skip
        assert refused.status_code == 422
        assert 'id="value-error"' in refused.text


def test_shares_are_of_true_counts_and_in_tenths_for_viewers(
    topic_app: tuple[Flask, FlaskClient],
) -> None:
    app, client = topic_app
    make_problem(client)
    for month, asked, solved, satisfied in (("2025-04", 10, 8, 5), ("2025-05", 21, 17, 3)):
        send(client, "/topics/callbacks", problem_id="1", month=month, asked=str(asked),
             solved=str(solved), satisfied=str(satisfied))  # fmt: skip
    database = services(app).database
    may, april = told_callbacks(database, exact=False)
    # 10 asked and 8 solved read as 10 and 10: no share of so few.
    assert (april.asked, april.solved, april.solved_share) == (10, 10, None)
    assert (may.solved_share, may.satisfied_share, may.solved_interval) == (0.8, 0.1, None)
    may, april = told_callbacks(database, exact=True)
    assert (april.solved_share, may.solved_share) == (0.8, 17 / 21)
    viewer = client_as(app, "viewer", ["viewer"])
    for page in ("/topics/callbacks", "/topics/problems/1", "/topics/1"):
        assert "100.0%" not in viewer.get(page).text


def test_months_to_come_are_refused(shared: FlaskClient) -> None:
    month = f"{date.today().year + 1}-01"
    form = {"problem_id": "1", "month": month, "asked": "4", "solved": "3", "satisfied": "2"}
    answer = shared.post("/topics/callbacks", data=form)
    assert answer.status_code == 400
    assert f"月份 {month} 还没有到" in answer.text
    text = HEAD + GOOD.replace("2025年4月", month)
    assert "还没有到" in shared.get(upload(shared, "/topics/callbacks/import", text)).text


def test_figures_are_taken_away_and_the_audit_keeps_no_source(
    topic_app: tuple[Flask, FlaskClient],
) -> None:
    app, client = topic_app
    make_problem(client)
    callback = {"problem_id": "1", "month": "2025-05", "asked": "40", "solved": "30",
                "satisfied": "20"}  # fmt: skip
    for source in ("欧阳慕雪", "司马光"):
        send(client, "/topics/callbacks", **callback, source=source)
    send(client, "/topics/assessments", topic_id="1", period="year_end", indicator="满意度",
         value="90", source="欧阳慕雪")  # fmt: skip
    assert "/topics/callbacks/1/remove" in client.get("/topics/callbacks").text
    assert "/topics/assessments/1/remove" in client.get("/topics/assessments").text
    viewer = client_as(app, "viewer", ["viewer"])
    assert "/remove" not in viewer.get("/topics/callbacks").text
    for kind in ("callbacks", "assessments"):
        assert viewer.post(f"/topics/{kind}/1/remove").status_code == 403
        send(client, f"/topics/{kind}/1/remove")
        assert client.post(f"/topics/{kind}/1/remove").status_code == 404
    assert callbacks(app) == []
    with services(app).database.session() as session:
        assert session.scalar(select(TopicAssessment)) is None
        told = str([(row.before, row.after) for row in session.scalars(select(AuditEntry))])
    assert "source_changed" in told
    assert "欧阳慕雪" not in told
    assert "司马光" not in told


def test_the_empty_table_can_be_taken(shared: FlaskClient) -> None:
    text = shared.get("/topics/callbacks/template.csv").data.decode("utf-8-sig")
    assert text.splitlines()[0].replace('"', "").startswith("每月一题,问题,题目年份,回访月份")
