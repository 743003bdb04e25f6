"""The board's page with published results beside ours, and townships that were split."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.access import operator
from app.cases.uploads import import_file
from app.services import services
from app.townships.assessment.cycles import Calendar
from app.townships.assessment.published import store
from app.townships.succession.recording import ChangeValues, record_change
from geodata.areas import import_boundaries
from geodata.home import Home
from tests.app.small_city import write_townships
from tests.people import first_client, make_app

ROWS = [
    ("1", "东街道", "2025-01-10", True, True, "满意"),
    ("2", "中街道", "2025-01-11", True, False, "基本满意"),
    ("3", "东街道", "2025-02-10", True, True, "满意"),
    ("4", "中街道", "2025-02-11", True, False, "基本满意"),
    ("5", "西镇", "2025-02-27", False, False, "不满意"),
]
PUBLISHED = """周期,单位,综合得分,名次
2025年2月,T1,95,2
2025年2月,T2,50,1
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("beside")
    home = Home.at(folder / "home")
    import_boundaries(
        home, write_townships(folder / "towns.geojson"), level="township", code_field="code",
        name_field="name",
    )  # fmt: skip
    columns = ["case_id", "reported_township", "received_at", "responded", "resolved"]
    made = pd.DataFrame(ROWS, columns=[*columns, "satisfaction"])
    made.assign(callback_at=made["received_at"], valid=True).to_csv(folder / "c.csv", index=False)
    import_file(home, folder / "c.csv", "suyuan")
    return make_app(home.path)


@pytest.fixture(scope="module")
def client(app: Flask, tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """The board of February: 100 = 10 + 50 + 40 of the first, 46 = 10 + 0 + 0.9 * 40."""
    path: Path = tmp_path_factory.mktemp("file") / "通报.csv"
    path.write_text(PUBLISHED, "utf-8")
    found = services(app)
    store(operator(found.database), found.home, path, Calendar())
    return first_client(app)


def test_ours_and_theirs_stand_in_one_line(client: FlaskClient) -> None:
    page = client.get("/assessment?cycle=month-2025-02").text
    assert "2 个单位有通报得分可比，平均相差 4.5 分" in page
    assert (
        "东街道（测算 100.0，通报 95.0，差 +5.0）；中街道（测算 46.0，通报 50.0，差 -4.0）" in page
    )
    assert "测算得分" in page
    without = client.get("/assessment?cycle=month-2025-01").text
    assert "测算得分" not in without
    assert "100.0" in client.get("/assessment/published?cycle=month-2025-02").text


def test_a_split_since_the_cycle_before_is_not_compared_and_told(
    app: Flask, client: FlaskClient
) -> None:
    assert 'id="parted"' not in client.get("/assessment?cycle=month-2025-02").text
    split = ChangeValues(before=("T1",), after=("T1", "T3"), since="2025-02-01")
    record_change(operator(services(app).database), services(app).home, split)
    page = client.get("/assessment?cycle=month-2025-02").text
    assert "东街道（T1 → T1+T3，自 2025-02-01 起）" in page
    assert page.count("区划有变</small>") == 2
    assert 'id="parted"' not in client.get("/assessment?cycle=month-2025-01").text
