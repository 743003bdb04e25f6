"""The pages of places: the register, edits, merges, and the review with its decisions."""

from __future__ import annotations

import json
import re
from pathlib import Path

import geopandas as gpd
import polars as pl
import pytest
import shapely
from flask.testing import FlaskClient

from app.accounts.areas import EVERYWHERE
from app.cases.uploads import import_file
from app.places import deciding
from app.places.concerned import concerned_cases, pending_changes
from app.places.deciding import Choice
from app.places.listing import register_version
from app.places.review import QueueText, review_queue
from app.places.waiting_texts import OPEN
from geodata.geocoding.online_switch import OnlineSetting, read_log, switch_off, switch_on
from geodata.home import Home
from geodata.intake import relocate_cases
from geodata.places import (
    change_place,
    find_place,
    import_places,
    read_changes,
    read_decisions,
    read_register,
)
from geodata.store import CaseStore
from tests.app.small_city import HOT_LAT, HOT_LNG, WEST
from tests.app.small_register import write_unknown
from tests.geodata.geocoding.fake_nominatim import fake_nominatim, options_of


def page(client: FlaskClient, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return answer.text


def form_of(client: FlaskClient, code: str) -> dict[str, str]:
    """What the browser would send of a place's form if nothing was touched."""
    text = page(client, f"/places/{code}/edit")
    values = dict(re.findall(r'<input[^>]* name="(\w+)"[^>]* value="([^"]*)"', text))
    values["aliases"] = (re.search(r"<textarea[^>]*>\s*([^<]*)</textarea>", text) or [""] * 2)[1]
    for name in ("kind", "township"):
        select = re.search(rf'<select[^>]* name="{name}".*?</select>', text, re.DOTALL)
        chosen = re.search(r'<option selected value="([^"]*)"', select[0]) if select else None
        values[name] = chosen[1] if chosen else ""
    return values


# ---- the register


def test_the_list_searches_every_name(client: FlaskClient) -> None:
    assert "4 个点位" in page(client, "/places")
    for search in ("花园里", "东 苑", "东路１号", "P1", "花园 北区"):
        found = page(client, f"/places?search={search}")
        assert ("花园小区北区" in found) == (search == "花园 北区"), search
        assert "1 个点位" in found
    assert "3 个点位" not in page(client, "/places?kind=小区&township=T2")
    assert "没有符合条件的点位" in page(client, "/places?search=不存在")
    names = re.findall(r'<a href="/places/(\w+)">', page(client, "/places"))
    assert names[:2] == ["P1", "P3"], "most cases first"
    assert "&lt;b&gt;市民" in page(client, "/places")


def test_a_place_shows_its_cases_by_month_masked(client: FlaskClient) -> None:
    text = page(client, "/places/P1")
    data = json.loads(re.search(r'id="trend-data">(.*?)</script>', text)[1])  # type: ignore[index]
    assert (data["labels"], data["count"]) == (["2025-01", "2025-02", "2025-03"], [2, 1, 1])
    assert "138********" in text
    assert "13812345678" not in text
    assert "没有编码" in page(client, "/places/none", 404)


def test_a_place_is_edited_with_a_history(client: FlaskClient, home: Home) -> None:
    values = form_of(client, "P1")
    untouched = client.post("/places/P1/edit", data=values)
    assert untouched.status_code == 302
    assert len(read_changes(home)) == 1, "what is not changed makes no version"
    answer = client.post("/places/P1/edit", data=values | {"name": "花园新苑", "households": "120"})
    assert answer.status_code == 302
    place = find_place(home, "P1")
    assert (place.name, place.households, place.aliases) == ("花园新苑", 120, ("花园里", "东苑"))
    text = page(client, "/places/P1")
    assert "手工修改" in text
    assert "花园小区 → 花园新苑" in text
    second = client.post("/places/P1/edit", data=values | {"name": "别的名字"})
    assert second.status_code == 409
    assert "别的名字" in second.text, "what was typed is not lost"
    assert find_place(home, "P1").name == "花园新苑"


def test_an_outline_stays_until_its_point_is_moved(
    client: FlaskClient, home: Home, tmp_path: Path
) -> None:
    square = shapely.box(HOT_LNG, HOT_LAT, HOT_LNG + 0.001, HOT_LAT + 0.001)
    gpd.GeoDataFrame({"code": ["Q1"], "name": ["大院"]}, geometry=[square], crs=4326).to_file(
        tmp_path / "q.gpkg"
    )
    import_places(home, tmp_path / "q.gpkg", update=True)
    values = form_of(client, "Q1")
    client.post("/places/Q1/edit", data=values | {"name": "新院"})
    assert find_place(home, "Q1").geometry.equals(square)
    seen = find_place(home, "Q1").fingerprint()
    client.post("/places/Q1/edit", data=values | {"lng": f"{HOT_LNG + 0.002:.6f}", "seen": seen})
    assert find_place(home, "Q1").geometry.geom_type == "Point"


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"name": " "}, "请填写名称"),
        ({"lng": ""}, "请在地图上点选位置"),
        ({"households": "-1"}, "请填写不小于 0 的数"),
        ({"valid_from": "2025-02-01", "valid_to": "2025-02-01"}, "停用日期应晚于启用日期"),
    ],
)
def test_what_is_wrong_in_a_form_is_said_beside_it(
    client: FlaskClient, home: Home, change: dict[str, str], line: str
) -> None:
    answer = client.post(
        "/places/new", data={"name": "新村", "lng": "83.01", "lat": "39.01"} | change
    )
    assert answer.status_code == 422
    assert line in answer.text
    assert len(read_changes(home)) == 1


def test_two_places_become_one_and_two_again(client: FlaskClient, home: Home) -> None:
    assert "花园小区北区" in page(client, "/places/P1/merge?search=花园")
    text = page(client, "/places/P1/merge?other=P2")
    seen = dict(re.findall(r'name="(seen_\w+)" value="(\w+)"', text))
    assert client.post("/places/P1/merge", data={"other": "P2", **seen}).status_code == 302
    assert client.get("/places/P2").headers["Location"] == "/places/P1"
    assert client.post("/places/P1/merge", data={"other": "P3", **seen}).status_code == 409
    number = read_changes(home)[-1].number
    assert client.post("/places/P1/unmerge", data={"change": str(number)}).status_code == 302
    assert find_place(home, "P2").name == "花园小区北区"
    assert client.post("/places/P1/unmerge", data={"change": str(number)}).status_code == 422


def test_cases_follow_a_merge_when_asked(client: FlaskClient, home: Home) -> None:
    assert not pending_changes(home).any
    seen = {
        "seen_kept": find_place(home, "P1").fingerprint(),
        "seen_other": find_place(home, "P3").fingerprint(),
    }
    client.post("/places/P1/merge", data={"other": "P3", **seen})
    assert pending_changes(home).any
    assert concerned_cases(home) == 2
    assert "约 2 件" in page(client, "/places/pending")
    job = client.post("/places/apply")
    assert re.fullmatch(r"/jobs/\w+/watch", job.headers["Location"])
    assert not pending_changes(home).any
    counts = dict(
        CaseStore(home).scan().drop_nulls("place").group_by("place").len().collect().iter_rows()
    )
    assert counts == {"P1": 4}, "no place lies where the merged one was: its cases have none now"
    assert "2 件诉求的位置" in page(client, "/places/applied?changed=2")


def test_where_no_case_is_expected_to_change_checking_is_only_offered(
    client: FlaskClient, home: Home
) -> None:
    form = form_of(client, "P4") | {"households": "12"}
    assert client.post("/places/P4/edit", data=form).status_code == 302
    assert pending_changes(home).any
    assert concerned_cases(home) == 0
    told = page(client, "/places/pending")
    assert "预计没有诉求会因此改变" in told
    assert "逐件核对" in told
    assert "btn-primary" not in told


def test_known_kinds_are_said_in_english(client: FlaskClient) -> None:
    client.post("/language", data={"language": "en"})
    listed = page(client, "/places")
    assert {"Estate", "Village", "Public space"} <= set(
        re.findall(r'data-label="Kind">([^<]*)<', listed)
    )
    assert '<option value="小区">Estate</option>' in listed, "what is asked for is what is stored"
    assert '<option value="小区" selected>Estate' in page(client, "/places?kind=小区")
    assert "Village" in page(client, "/places/P3")
    assert '<option selected value="村">Village' in page(client, "/places/P3/edit")
    found = client.get("/places/found.json?search=柳岸").get_json()["places"]
    assert [each["kind"] for each in found] == ["Village"]


# ---- the review


def queue(home: Home) -> tuple[QueueText, ...]:
    return review_queue(home, EVERYWHERE, OPEN).texts()


def decide(client: FlaskClient, text: QueueText, **values: str) -> int:
    return client.post(f"/places/review/{text.key.id}?at=0", data=values).status_code


def test_the_queue_puts_most_cases_first_and_hides_people(client: FlaskClient, home: Home) -> None:
    assert [(text.cases, text.township) for text in queue(home)] == [
        (4, "东街道"),
        (3, "中街道"),
        (1, ""),
    ]
    text = page(client, "/places/review")
    assert "火星大道9号***室" in text
    assert "月球路7弄" in text
    for personal in ("301室", "13812345678"):
        assert personal not in text
    assert "13812345678" not in page(client, "/places/review?at=2")
    assert "已决定 0 / 3 段文本" in text


def test_each_kind_of_decision(client: FlaskClient, home: Home, tmp_path: Path) -> None:
    mars, moon, shop = queue(home)
    assert decide(client, mars, how="candidate", place="P3") == 302
    assert (
        decide(
            client,
            moon,
            how="map",
            name="月球路7弄",
            kind="小区",
            lng=f"{WEST + 0.05}",
            lat="39.02",
        )
        == 302
    )
    assert decide(client, shop, how="unplaced", reason="文本没有地点") == 302
    assert queue(home) == ()
    progress = review_queue(home, EVERYWHERE).progress
    assert (progress.texts_done, progress.texts, progress.share) == (3, 3, 1.0)
    made = read_changes(home)[-1]
    assert made.action == "add"
    assert pending_changes(home).decided == 7
    assert concerned_cases(home) == 7
    client.post("/places/apply")
    import_file(home, write_unknown(tmp_path / "again.csv", "V"), "suyuan")
    placed = CaseStore(home).scan().filter(pl.col("case_id").str.contains("^[UV]")).collect()
    for prefix in "UV":
        of = placed.filter(pl.col("case_id").str.starts_with(prefix)).sort("case_id")
        assert of["place"].to_list() == ["P3"] * 4 + [made.added[0]] * 3 + [None]
        assert of["location_method"].to_list() == ["decided"] * 7 + ["none"]
    assert queue(home) == ()
    assert review_queue(home, EVERYWHERE).progress.texts_done == 3
    assert "复核决定" in page(client, "/cases?location=located")


def test_a_decision_is_undone_on_its_page(client: FlaskClient, home: Home) -> None:
    mars = queue(home)[0]
    decide(client, mars, how="search", place="P1")
    text = page(client, "/places/decisions")
    assert "火星大道9号***室" in text
    assert "301" not in text
    assert client.post("/places/decisions/1/undo").status_code == 302
    assert queue(home)[0].key == mars.key
    assert "已撤销" in page(client, "/places/decisions")
    assert client.post("/places/decisions/1/undo").status_code == 404


def on_the_map(name: str, lat: str = "39.02") -> dict[str, str]:
    return {"how": "map", "name": name, "lng": f"{WEST + 0.05}", "lat": lat}


def placed_by(home: Home, code: str) -> int:
    return CaseStore(home).scan().filter(pl.col("place") == code).collect().height


def test_undoing_takes_out_the_place_that_was_made(client: FlaskClient, home: Home) -> None:
    before, located = register_version(home), CaseStore(home).count().located
    decide(client, queue(home)[1], **on_the_map("月球路7弄"))
    code = read_changes(home)[-1].added[0]
    client.post("/places/apply")
    assert placed_by(home, code) == 3
    told = client.post("/places/decisions/1/undo", follow_redirects=True).text
    assert "新建的点位“月球路7弄”已移出点位库" in told
    assert f"/places/{code}" not in told
    assert register_version(home) == before
    assert concerned_cases(home) == 3
    client.post("/places/apply")
    assert (placed_by(home, code), CaseStore(home).count().located) == (0, located)
    assert "移出点位库" in page(client, "/places/changes")
    assert "月球路7弄" in page(client, f"/places/changes/{read_changes(home)[-1].number}")


@pytest.mark.parametrize("kept_by", ["edit", "decision"])
def test_undoing_leaves_a_place_that_serves_otherwise(
    client: FlaskClient, home: Home, kept_by: str
) -> None:
    mars, moon, _ = queue(home)
    decide(client, moon, **on_the_map("月球路7弄"))
    code = read_changes(home)[-1].added[0]
    if kept_by == "edit":
        change_place(home, code, {"kind": "小区"}, find_place(home, code).fingerprint())
    else:
        decide(client, mars, how="search", place=code)
    client.post("/places/decisions/1/undo")
    assert code in read_register(home)


def test_the_register_learns_no_flat_and_no_caller(client: FlaskClient, home: Home) -> None:
    mars, _, shop = queue(home)
    field = re.compile(r'id="name" name="name" value="([^"]*)"')
    offered = [field.search(page(client, f"/places/review?at={n}"))[1] for n in range(3)]
    assert offered == ["火星大道9号", "月球路7弄", "联系电话的那家店"]
    assert "301" in mars.examples[0]
    assert "13812345678" in shop.examples[0]
    assert decide(client, mars, **on_the_map(offered[0])) == 302
    assert decide(client, shop, **on_the_map("东头的店", lat="39.03")) == 302
    for code in (each.added[0] for each in read_changes(home)[-2:]):
        made = find_place(home, code)
        assert not re.search("301|138", " ".join((made.name, *made.aliases)))


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"how": "candidate"}, 400),
        ({"how": "candidate", "place": "none"}, 404),
        ({"how": "map", "name": "x"}, 400),
        ({"how": "map", "lng": "83.01", "lat": "39.01", "name": ""}, 400),
        ({"how": "map", "lng": "283.01", "lat": "39.01", "name": "x"}, 400),
        ({"how": "map", "lng": "10", "lat": "10", "name": "x"}, 422),
        ({"how": "unplaced"}, 400),
        ({"how": "guess", "place": "P1"}, 400),
    ],
)
def test_half_a_decision_is_refused(
    client: FlaskClient, home: Home, values: dict[str, str], status: int
) -> None:
    assert decide(client, queue(home)[0], **values) == status
    assert len(read_decisions(home)) == 0
    assert len(read_changes(home)) == 1


@pytest.mark.parametrize(
    ("values", "status", "line", "kept"),
    [
        ({"how": "unplaced", "reason": ""}, 400, "请填写不定位的原因", ""),
        ({"how": "unplaced", "reason": "长" * 201}, 400, "不超过 200 个字", "长" * 201),
        ({"how": "map", "name": "火星院", "kind": "村"}, 400, "请先在地图上点选位置", "火星院"),
        (
            {"how": "map", "name": "火星院", "lng": "东边", "lat": "39.01"},
            400,
            "经度应为 −180 到 180 之间的度数",
            "东边",
        ),
        (
            {"how": "map", "name": "火星院", "lng": "83.01", "lat": "390.1"},
            400,
            "纬度应为 −85 到 85 之间的度数",
            "390.1",
        ),
        ({"how": "search", "place": "none", "words": "柳岸"}, 404, "没有编码", "柳岸"),
    ],
)
def test_a_refused_decision_leaves_the_page_and_the_words(
    client: FlaskClient, home: Home, values: dict[str, str], status: int, line: str, kept: str
) -> None:
    moon = queue(home)[1]
    answer = client.post(f"/places/review/{moon.key.id}?at=0", data=values)
    assert answer.status_code == status
    assert '<h2 id="text-title" class="review-text">月球路7弄</h2>' in answer.text
    (alert,) = re.findall(r'role="alert"[^>]*>(.*?)</div></div>', answer.text, re.DOTALL)
    assert line in alert
    assert f'value="{kept}"' in answer.text
    (field,) = re.findall(r"<input[^>]* autofocus[^>]*>", answer.text)
    assert 'aria-describedby="problem"' in field
    assert f'value="{kept}"' in field or values["how"] == "map"
    assert f'action="/places/review/{moon.key.id}?at=1' in answer.text, "where the text stands now"
    if "kind" in values:
        assert '<option selected value="村">' in answer.text
    back = client.get(f"/places/review/{moon.key.id}?at=0")
    assert back.headers["Location"] == "/places/review?at=1&state=open"


def test_a_text_is_decided_once(client: FlaskClient, home: Home) -> None:
    mars, moon, _ = queue(home)
    assert decide(client, mars, how="search", place="P1") == 302
    values = {"how": "map", "name": "火星院", "lng": "83.01", "lat": "39.01"}
    answer = client.post(f"/places/review/{mars.key.id}?at=0", data=values)
    assert answer.status_code == 409
    assert len(read_decisions(home)) == 1
    assert "已在别处决定" in answer.text
    assert "火星大道9号***室" in answer.text
    assert "301" not in answer.text
    assert '<a href="/places/P1">花园小区</a>' in answer.text
    assert "火星院" in answer.text, "what was typed is not lost"
    onwards = re.search(r'id="next-text" href="([^"]*)"', answer.text)
    assert onwards
    assert moon.examples[0] in page(client, onwards[1].replace("&amp;", "&"))
    assert client.post(f"/places/review/{mars.key.id}/ask-online").status_code == 409
    decide(client, moon, how="unplaced", reason="多处同名")
    again = client.post(f"/places/review/{moon.key.id}", data={"how": "unplaced", "reason": "x"})
    assert "不定位 · 多处同名" in again.text


def test_a_text_that_never_waited_is_told_so(
    client: FlaskClient, empty_client: FlaskClient
) -> None:
    for each in (client, empty_client):
        answer = each.post("/places/review/0123456789abcdef", data={"how": "candidate"})
        assert answer.status_code == 409
        assert "已不在等待之列" in answer.text


def test_the_centre_of_a_township_is_no_place_to_take(
    client: FlaskClient, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = queue(home)[0]
    exact = Choice(1, None, "某路口", "东街道", "intersection", 0.4, 83.01, 39.01, ())
    centre = Choice(2, None, "东街道", "东街道", "township", 0.3, 83.02, 39.02, ())
    monkeypatch.setattr(deciding, "candidates_of", lambda *_: [exact, centre])
    shown = page(client, "/places/review")
    assert text.examples[0][:4] in shown
    assert re.findall(r'data-fill-lng="([^"]*)"', shown) == ["83.01"]
    assert shown.count("不能当作确切位置") == 1
    assert shown.count("data-taken") == 1, "where taking the point is told"


def test_a_merged_place_keeps_what_was_decided_for_it(client: FlaskClient, home: Home) -> None:
    decide(client, queue(home)[0], how="search", place="P2")
    seen = {
        "seen_kept": find_place(home, "P1").fingerprint(),
        "seen_other": find_place(home, "P2").fingerprint(),
    }
    client.post("/places/P1/merge", data={"other": "P2", **seen})
    relocate_cases(home)
    cases = CaseStore(home).scan().filter(pl.col("location_method") == "decided").collect()
    assert cases["place"].to_list() == ["P1"] * 4


def test_found_places_and_ground_are_given_to_scripts(client: FlaskClient) -> None:
    found = client.get("/places/found.json?search=花园").get_json()["places"]
    assert [each["code"] for each in found] == ["P1", "P2"]
    assert client.get("/places/found.json?search=").get_json() == {"places": []}
    ground = client.get("/places/ground.geojson")
    assert len(ground.get_json()["features"]) == 3
    tag = ground.headers["ETag"]
    assert client.get("/places/ground.geojson", headers={"If-None-Match": tag}).status_code == 304


def test_an_empty_home_says_what_it_needs(empty_client: FlaskClient) -> None:
    assert "suyuan places import" in page(empty_client, "/places")
    assert "没有等待复核的文本" in page(empty_client, "/places/review")
    assert "还没有决定" in page(empty_client, "/places/decisions")
    assert (
        empty_client.post("/places/new", data={"name": "一", "lng": "83", "lat": "39"}).status_code
        == 302
    )
    assert "1 个点位" in page(empty_client, "/places")


# ---- the online service


def test_no_service_no_button(client: FlaskClient, home: Home) -> None:
    assert "ask-online" not in page(client, "/places/review")
    key = queue(home)[0].key.id
    assert client.post(f"/places/review/{key}/ask-online").status_code == 422
    assert "suyuan online on" in client.post(f"/places/review/{key}/ask-online").text


def test_one_text_is_asked_and_its_answers_are_candidates(client: FlaskClient, home: Home) -> None:
    with fake_nominatim() as server:
        switch_on(home, OnlineSetting("nominatim", options_of(server), seconds_apart=0.01))
        text = page(client, "/places/review")
        assert "会离开本机，发送给外部服务 nominatim" in text
        assert '<p class="code mb-2" id="online-sent">东街道火星大道9号</p>' in text
        assert server.asked == [], "looking asks nobody"
        key = queue(home)[0].key.id
        assert client.post(f"/places/review/{key}/ask-online").status_code == 302
        assert client.post(f"/places/review/{key}/ask-online").status_code == 302
        assert server.asked == ["东街道火星大道9号"]
        text = page(client, "/places/review")
        assert "火星大道, 东街道" in text
        assert 'data-fill-lng="83.02"' in text
        assert "不在本市边界内" in text
        assert "301" not in text
        key = queue(home)[1].key.id
        server.status = 500
        assert client.post(f"/places/review/{key}/ask-online?at=1").status_code == 302
        assert "联网匹配服务没有应答" in page(client, "/places/review?at=1")
    assert len(read_log(home)) == 2
    assert not [line for line in read_log(home) if "火星" in line or "月球" in line]
    switch_off(home)
    assert "火星大道, 东街道" not in page(client, "/places/review")
