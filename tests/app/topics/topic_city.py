"""A home with hand-made cases, whose counts can be told by reading the code."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import polars as pl
from flask import Flask
from flask.testing import FlaskClient

from app.cases.uploads import import_file
from geodata.areas import import_boundaries
from geodata.home import Home
from tests.app.small_city import write_townships
from tests.people import first_client, make_app

FIRST, END = date(2024, 1, 1), date(2025, 7, 1)
"""Days with cases, the last one excluded."""

LIFT, NOISE, WASTE = "物业管理", "噪声", "市容环卫"


def lifts_on(day: date) -> int:
    """Cases of lifts on a day: two, from 2025-03-01 on one."""
    return 1 if day >= date(2025, 3, 1) else 2


def rows() -> Iterable[dict[str, str]]:
    """Give the cases: lifts, a leak beside them, noise of lifts and of bars, waste on Mondays."""
    day = FIRST
    while day < END:
        made = [
            *[(LIFT, "电梯", "电梯停运", "电梯坏了") for _ in range(lifts_on(day))],
            (LIFT, "漏水", "屋顶漏水", "漏水无人修"),
            (NOISE, "设备噪声", "电梯井响", "夜里电梯机房响"),
            (NOISE, "商业噪声", "酒吧吵", "酒吧半夜唱歌"),
        ]
        if day.weekday() == 0:
            made.append((WASTE, "垃圾", "垃圾未清", "联系人欧阳慕雪，电话13912345678"))
        for at, (class_1, class_2, title, content) in enumerate(made):
            yield {
                "case_id": f"K{day:%Y%m%d}-{at}",
                "received_at": f"{day} {23 if class_2 == '商业噪声' else 9 + at:02}:00:00",
                "class_1": class_1,
                "class_2": class_2,
                "title": title,
                "content": content,
                "tags": "民生；电梯安全" if class_2 == "电梯" else "",
                "reported_township": ("东街道", "中街道", "西镇")[(day.toordinal() + at) % 3],
                "lead_handler": "住建委" if at == 0 else "东街道",
                "assisting_handler": "东街道" if at == 0 else "",
                "resolved": "否" if class_2 == "漏水" else "是",
                "valid": "是",
                "callback_at": f"{day + timedelta(days=1)} 10:00:00",
            }
        day += timedelta(days=1)


def make_topic_city(folder: Path) -> Path:
    """Make the home with boundaries and cases; returns its path."""
    path = folder / "home"
    home = Home.at(path)
    import_boundaries(home, write_townships(folder / "townships.geojson"), level="township",
                      code_field="code", name_field="name")  # fmt: skip
    pl.DataFrame(list(rows())).write_csv(folder / "cases.csv")
    import_file(home, folder / "cases.csv", "suyuan")
    return path


def first(home: Path) -> tuple[Flask, FlaskClient]:
    """Return the application and a client that may do everything."""
    app = make_app(home)
    return app, first_client(app)


def send(client: FlaskClient, address: str, **form: str) -> str:
    """Send a form that is in order; returns whither it leads."""
    answer = client.post(address, data=form)
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"])


TOPIC = {"year": "2025", "month": "3", "title": "电梯安全", "lead_id": "",
         "leader": "分管城建的副市长", "grounds": "诉求集中", "needs_measures": "y",
         "measures": "修订维修资金使用规则"}  # fmt: skip
DEFINITION = {"valid_from": "2025-01-01", "classes": "物业管理 / 电梯",
              "baseline_first": "2024-01-01", "baseline_last": "2024-12-31"}  # fmt: skip


def make_problem(client: FlaskClient, **changed: str) -> str:
    """Propose a topic with one problem that is defined; returns the address of the problem."""
    topic = send(client, "/topics/new", **TOPIC)
    send(client, f"{topic}/problems", name="电梯停运")
    problem = "/topics/problems/1"
    send(client, f"{problem}/definitions/new", **{**DEFINITION, "row_version": "1", **changed})
    return problem
