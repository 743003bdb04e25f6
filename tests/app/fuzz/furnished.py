"""A small city in which every route has something to show, so that fuzzing gets past the door."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

from flask.testing import FlaskClient

from app.hotspots.runs import newest_run
from geodata.home import Home
from tests.app.projects.photographs import photo
from tests.app.small_city import HOT_LAT, HOT_LNG
from tests.app.townships.ledger_city import workbook
from tests.people import first_client, make_app

UNKNOWN_HEADER = "单号,受理时间,类别,经度,纬度\n1,2025-01-02 08:00,噪声,83.06,39.02\n".encode()
PLACES = f"code,name,lng,lat\nP7,花园七号,{HOT_LNG},{HOT_LAT}\n".encode()

PROJECT = {
    "name": "花园治理", "owner": "街道", "lng": str(HOT_LNG), "lat": str(HOT_LAT),
    "radius_m": "150", "township": "T2", "class_1": "", "note": "",
}  # fmt: skip
LEDGER_HEADINGS = ("编号", "方案编号", "清单", "事项")
PROACTIVE = {
    "title": "花园主动治理", "township": "T2", "unit_id": "0", "root_cause": "设施老化",
    "problems": "夜间施工", "measures": "调整工时", "paths": "噪声", "source_cases": "",
    "window_start": "2025-05-01", "window_end": "2025-06-30", "work_start": "2025-05-01",
    "work_end": "2025-06-15", "points-0-name": "花园小区", "points-0-lng": str(HOT_LNG),
    "points-0-lat": str(HOT_LAT), "points-0-radius_m": "150",
}  # fmt: skip
ITEM = {"title": "拆除违建", "kind": "tasks", "class_1": "", "responsible_id": "0"}
LEDGER = workbook([{"方案编号": 1, "清单": "任务清单", "事项": "补种行道树"}], LEDGER_HEADINGS)
MONEY = {"year": "2025", "source": "city", "planned": "120.5", "allocated": "100", "spent": "101"}
MONEY_FILE = "事项编号,年度,资金来源,计划\n1,2025,区级,3.5\n2,2025,无,x\n".encode()
ADOPTION = {"source_kind": "item", "source_id": "1", "title": "拆除违建", "due_on": "2999-01-01"}
UNIT = {"name": "园林局", "kind": "department", "parent_id": "0", "area_code": ""}

DUTY = {"scenario": "漏水", "level": "city", "lead": "园林局"}
MEETING = {"held_on": "2025-06-20", "minutes": "一、清运垃圾"}
WHISTLE = {"township": "T2", "title": "管网", "deadline": "2999-01-01", "do": "raise"}

TALK = {
    "kind": "warning", "about": "township:T2", "reason": "三个月居全市前列，物业类反复出现",
    "talkers": "分管副市长、督查室负责人", "joint_units": "政务服务局、住房和城乡建设委员会",
    "attendees": "街道党工委书记、办事处主任", "deadline": "2025-08-31",
    "demands": "一、逐件回访未解决的诉求。\n二、两周内提出物业整治清单并明确牵头单位。",
}  # fmt: skip
ORDER = {
    "number": "督-1", "source": "media", "level": "city", "title": "积水", "demand": "限期解决",
    "township": "T2", "issued_on": "2025-06-20", "deadline": "2025-07-20",
}  # fmt: skip
WARNED = {"cycle": "month-2025-05"}

EXCLUSION = {"name": "暴雨", "township": "T1", "path": "", "start": "2025-03-01",
             "end": "2025-03-31", "source": "文件"}  # fmt: skip
INDICATORS = """indicator,dimension,direction,weight,district,period,value
床位,病有所医,high,2,T1,2024,5
"""
INDICATOR = {"name": "托位", "dimension": "幼有所育", "direction": "high", "weight": "1"}
RULE_SET = {"name": "二〇二六", "first_day": "2026-01-01", "start_day": "1", "cut_hour": "0",
            "attribution": "reported", "basis": "callback", "ledger": "raw", "response": "10",
            "resolution": "50", "satisfaction": "40", "basically_satisfied": "0.9",
            "advanced_share": "10", "progress_first": "10", "rectify_share": "10",
            "warn_first": "10", "warn_ties": "all", "answer_days": "15",
            "talk_last": "10"}  # fmt: skip
PUBLISHED = "cycle,unit,score\nmonth-2025-01,T1,90\n"
TOPIC = {"year": "2025", "month": "3", "title": "噪声扰民", "lead_id": ""}
DEFINITION = {"valid_from": "2025-02-01", "classes": "噪声", "baseline_first": "2025-01-01",
              "baseline_last": "2025-01-31"}  # fmt: skip
CALLED_BACK = """topic,problem,month,asked,solved,satisfied
噪声扰民,夜间,2025-04,40,30,20
"""
ASSESSED = "topic,period,indicator,value\n噪声扰民,年中,知晓率,81.5\n"
SCORECARD = {"name": "噪声", "paths": "噪声"}
REFERRED = {"unit_id": "1", "matter": "移送的事", "referred_on": "2025-04-01"}
DECISION = {
    "title": "首批", "decided_on": "2025-07-08", "decided_by": "会议", "corrects": "",
    "chosen": "T1", "reason-T1": "诉求集中",
}  # fmt: skip

MAPPING = {
    "column-0": "case_id", "column-1": "received_at", "column-2": "class_1", "name": "own",
    "zone": "Asia/Shanghai", "crs": "WGS84", "date_order": "ymd", "do": "save",
}  # fmt: skip

COMPARISON = {
    "start": "2025-04-01", "end": "2025-07-01", "with_start": "2025-01-01",
    "with_end": "2025-04-01", "resolution": "9", "measure": "reports",
}  # fmt: skip


def furnish(home: Path) -> list[str]:
    """Make what a page may show, and return addresses that no page links to."""
    client = first_client(make_app(home))
    _govern(client)
    mapped = [_upload(client, "/cases/import", UNKNOWN_HEADER, profile="") for _ in range(3)]
    _send(client, "/units/new", UNIT)
    return [
        *_work(client),
        *_apply(client),
        _send(client, "/hotspots/compare", COMPARISON),
        *(_upload(client, "/places/import", PLACES) for _ in range(2)),
        *mapped,
        *_dispatch(client),
        *_assess(client),
        *_choose_topic(client),
        _send(client, mapped[0], MAPPING),
        _upload(client, "/governance/items/import", LEDGER, name="made.xlsx"),
        "/governance/items/1/versions",
        _take_away(client, home),
    ]


def _govern(client: FlaskClient) -> None:
    """Take a township into governance, with a plan and an item on one of its lists."""
    _send(client, "/governance/propose", {"township": "T2", "reason": "诉求集中"})
    step = {"state": "designated", "row_version": "1"}
    _send(client, "/governance/1/move", step)
    plan = _send(client, "/governance/1/plan", {"year": str(date.today().year)})
    item = _send(client, f"{plan}/items/new", ITEM)
    _send(client, f"{item}/funding", MONEY)


def _work(client: FlaskClient) -> list[str]:
    """Make a project with a photo, and take a case off its point; returns pages."""
    project = _send(client, "/projects/new", PROJECT)
    point = "/projects/points/1"
    case = client.get(point).text.partition('name="case" value="')[2].partition('"')[0]
    _send(client, f"{point}/detach", {"case": case, "reason": "是隔壁的"})
    sent = {"point_id": "1", "words": "南门", "photos": (io.BytesIO(photo()), "a.jpg")}
    _send(client, f"{project}/photos", sent)
    return [project, point]


def _apply(client: FlaskClient) -> list[str]:
    """Write a draft of a proactive project, and take another to its approval."""
    made = [_send(client, "/projects/proactive/new", PROACTIVE) for _ in range(2)]
    for version, state in enumerate(("applied", "district_reviewed", "approved"), 1):
        _send(client, f"{made[1]}/move", {"state": state, "row_version": str(version)})
    return made


def _dispatch(client: FlaskClient) -> list[str]:
    """Warn, talk, order, hold a meeting and blow a whistle by the duty list; returns pages."""
    _send(client, "/duties/new", DUTY)
    unit = client.get("/units").text.partition("园林局")[0].rpartition("/units/")[2].partition('"')
    _send(client, "/supervision/warnings", WARNED)
    return [
        _send(client, "/supervision/meetings/new/1", MEETING),
        _send(client, "/supervision/whistles/new", {**WHISTLE, "lead": unit[0]}),
        _send(client, "/governance/adoptions/new", {**ADOPTION, "units": unit[0]}),
        _upload(client, "/governance/funding/import", MONEY_FILE),
        _send(client, "/supervision/talks/new", TALK),
        _send(client, "/supervision/orders/new", {**ORDER, "unit_id": unit[0]}),
    ]


def _assess(client: FlaskClient) -> list[str]:
    """Set rules, leave cases out, take results and indicators in, decide; returns pages."""
    for name, form in (("rules", RULE_SET), ("exclusions", EXCLUSION), ("scorecards", SCORECARD)):
        _send(client, f"/assessment/{name}/new", form)
    _send(client, "/assessment/indicators/new", INDICATOR)
    _send(client, "/supervision/accountability/new", REFERRED)
    return [
        "/supervision/accountability",
        _upload(client, "/assessment/indicators/import", INDICATORS.encode()),
        _upload(client, "/assessment/published/import", PUBLISHED.encode()),
        _send(client, "/townships/decisions/new?n=3", DECISION),
    ]


def _choose_topic(client: FlaskClient) -> list[str]:
    """Make a topic with a problem, its definition, a sample, figures and a scenario; pages."""
    topic = _send(client, "/topics/new", TOPIC)
    _send(client, f"{topic}/problems", {"name": "夜间"})
    problem = "/topics/problems/1"
    _send(client, f"{problem}/definitions/new", {**DEFINITION, "row_version": "1"})
    _send(client, f"{topic}/scenarios", {"scenario": "漏水"})
    _send(client, f"{topic}/townships", {"township": "T2", "mark": "key"})
    asked = {"problem_id": "1", "month": "2025-03", "asked": "40", "solved": "30"}
    _send(client, "/topics/callbacks", {**asked, "satisfied": "20"})
    figure = {"topic_id": "1", "period": "mid_year", "indicator": "知晓率", "value": "80"}
    _send(client, "/topics/assessments", figure)
    return [
        topic,
        problem,
        _send(client, "/topics/definitions/1/checks", {"size": "10", "seed": "1"}),
        "/topics/documents/1",
        _upload(client, "/topics/callbacks/import", CALLED_BACK.encode()),
        _upload(client, "/topics/assessments/import", ASSESSED.encode()),
    ]


def _take_away(client: FlaskClient, home: Path) -> str:
    """Have a file made in the background; returns the page that gives it."""
    run = newest_run(Home.at(home))
    assert run is not None
    watched = _send(client, f"/hotspots/runs/{run.id}/take-away/gpkg", {})
    ended = client.get(watched.removesuffix("/watch")).get_json()
    return str(ended["result_url"])


def _send(client: FlaskClient, address: str, form: dict[str, str]) -> str:
    answer = client.post(address, data=form)
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"])


def _upload(
    client: FlaskClient, address: str, content: bytes, name: str = "made.csv", **form: str
) -> str:
    return _send(client, address, {**form, "file": (io.BytesIO(content), name)})  # type: ignore[dict-item]
