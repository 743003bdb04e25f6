"""The pages of topics, from a candidate to a problem on watch."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.app.topics.topic_city import TOPIC, make_problem, send


def test_a_topic_from_candidate_to_watch(planner: FlaskClient) -> None:
    ranked = planner.get("/topics/candidates")
    assert ranked.status_code == 200
    assert "电梯" in ranked.text
    fresh = planner.get("/topics/new", query_string={"path": "物业管理 / 电梯"})
    assert 'value="电梯"' in fresh.text
    problem = make_problem(planner)
    page = planner.get(problem)
    assert page.status_code == 200
    assert "诉求口径第 1 版" in page.text
    room = planner.get("/topics/1")
    assert room.status_code == 200
    assert TOPIC["measures"] in room.text
    assert planner.get("/topics").status_code == 200
    send(planner, "/units/new", name="住建委", kind="department", parent_id="0")
