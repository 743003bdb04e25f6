"""From an unknown file to a saved profile and its import, and the profiles' own pages."""

from __future__ import annotations

import io
import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import xlsxwriter
import yaml
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from app.cases.own_profiles import read_values
from app.cases.uploads import delete_leftovers, import_file
from app.cli import main
from app.errors import InvalidParameter
from app.services import services
from geodata.errors import InvalidProfile, LostIds, UnknownProfile
from geodata.home import Home
from geodata.profiles import delete_profile, known_profiles, load_profile, save_profile
from geodata.reading.rejects import LOST_IDS_ADVICE
from tests.people import first_client

UNKNOWN = """流水,发生,打来,X,Y,说的事,处理完没,评价
CG1,2025/3/19 8:05,13800001234,82.99881,39.00912,路灯不亮请打13800001234,搞定,好
CG2,2025/3/20 8:05,13800001235,82.99981,39.00812,井盖,没搞定,差
CG3,下周,13800001236,82.99981,39.00812,井盖,没搞定,差
"""
FIELDS = {0: "case_id", 1: "received_at", 2: "caller", 3: "source_lng", 4: "source_lat",
          5: "content", 6: "resolved", 7: "satisfaction"}  # fmt: skip
FORM = {
    **{f"column-{index}": field for index, field in FIELDS.items()},
    "zone": "Asia/Shanghai", "crs": "WGS84", "date_order": "ymd", "name": "城管",
    "word-resolved-0": "no", "word-resolved-1": "yes",
    "word-satisfaction-0": "不满意", "word-satisfaction-1": "满意",
}  # fmt: skip


@pytest.fixture
def home(empty_app: Flask) -> Home:
    return services(empty_app).home


def upload(client: FlaskClient, text: str = UNKNOWN, name: str = "来件.csv", **form: str) -> str:
    data = {"file": (io.BytesIO(text.encode()), name), "profile": "", **form}
    answer = client.post("/cases/import", data=data)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def test_an_unknown_file_is_mapped_saved_and_imported(empty_app: Flask, home: Home) -> None:
    client = first_client(empty_app)
    place = upload(client)
    page = client.get(place).text
    assert "没有现成的方案适合" in page
    assert "1380000" not in page, "numbers are masked, in samples and in the preview"
    assert 'value="caller" selected' in page
    unsettled = {key: value for key, value in FORM.items() if not key.startswith("word-")}
    before = client.post(place, data={**unsettled, "do": "preview"}).text
    assert "前 3 行：0 行可导入，3 行会被拒收" in before
    assert "13800" not in before.replace("138********", "")
    again = client.post(place, data={**FORM, "do": "preview"}).text
    assert "前 3 行：2 行可导入，1 行会被拒收" in again
    assert not (home.profiles / "城管.yaml").exists()
    done = client.post(place, data={**FORM, "do": "import"})
    report = re.search(r"/cases/batches/[\w-]+", client.get(done.headers["Location"]).text)
    assert report is not None
    assert "城管" in client.get(report[0]).text
    assert list(home.uploads.iterdir()) == []
    profile = load_profile("城管", home.profiles)
    assert profile.values == {
        "resolved": {"搞定": "是", "没搞定": "否"},
        "satisfaction": {"好": "满意", "差": "不满意"},
    }
    assert client.get(place).status_code == 404
    listed = client.get("/cases").text
    assert "CG1" in listed
    assert "13800001234" not in listed


def test_the_saved_profile_is_recognised_the_next_time(empty_app: Flask, home: Home) -> None:
    client = first_client(empty_app)
    place = upload(client)
    assert client.post(place, data={**FORM, "do": "save"}).status_code == 302
    page = client.get(upload(client)).text
    assert "认出了这个表头" in page
    assert 'name="profile" value="城管"' in page
    done = client.post(f"{place}/import", data={"profile": "城管"})
    assert "/jobs/" in done.headers["Location"]
    assert '<option value="城管">' in client.get("/cases/import").text


def test_a_known_file_is_recognised_and_imported_with_its_profile(empty_app: Flask) -> None:
    client = first_client(empty_app)
    place = upload(client, "工单编号,来电时间,是否解决\nA1,2025-03-19,是\n")
    assert "认出了这个表头" in client.get(place).text
    done = client.post(f"{place}/import", data={"profile": "workorder12345"})
    assert "/cases/batches/" in client.get(done.headers["Location"]).text


def test_columns_that_a_known_profile_leaves_out_are_named_and_proposed(empty_app: Flask) -> None:
    client = first_client(empty_app)
    head = "case_id,received_at,title,district,township"
    page = client.get(upload(client, f"{head}\nA1,2025-03-19 08:05,灯不亮,东区,南街道\n")).text
    assert "认出了这个表头，但不是每一列" in page
    left_out = re.search(r'data-label="不会导入的列"[^>]*>(.*?)</td>', page, re.DOTALL)
    assert left_out
    assert re.findall(r'class="code">(\w+)<', left_out[1]) == ["district", "township"]
    assert 'value="reported_district" selected' in page
    assert 'value="reported_township" selected' in page
    whole = client.get(upload(client, "case_id,received_at\nA1,2025-03-19 08:05\n")).text
    assert "认出了这个表头<" in whole
    assert "“用它导入”不读" not in whole


def test_a_missing_field_is_told_in_a_planners_words(empty_app: Flask) -> None:
    client = first_client(empty_app)
    page = client.get(upload(client, "甲,乙\n一,二\n")).text
    assert "必需的“工单编号”和“来电时间”还没有选定对应的列" in page
    assert "导入方案 -" not in page
    assert "columns" not in re.sub(r"<[^>]*>", "", page)
    client.post("/language", data={"language": "en"})
    english = client.get(upload(client, "甲,乙\n一,二\n")).text
    assert "required field: case id and time received" in english


def test_the_preview_reads_five_hundred_rows(empty_app: Flask) -> None:
    client = first_client(empty_app)
    rows = "\n".join(f"A{i:05},2025-03-19 08:05" for i in range(600))
    page = client.get(upload(client, f"热线月报,\n工单编号,来电时间\n{rows}\n")).text
    assert "前 500 行：500 行可导入，0 行会被拒收" in page


def test_rounded_ids_get_the_same_advice_in_preview_and_refusal(
    empty_app: Flask, home: Home, tmp_path: Path
) -> None:
    client = first_client(empty_app)
    page = client.get(upload(client, "工单编号,来电时间\n1.23E+10,2025-03-19 08:05\n")).text
    assert LOST_IDS_ADVICE.chinese in page
    path = tmp_path / "ids.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["工单编号", "来电时间"])
        sheet.write_row(1, 0, ["1.23E+10", "2025-03-19 08:05"])
    with pytest.raises(LostIds) as refusal:
        import_file(home, path, "workorder12345")
    assert LOST_IDS_ADVICE.chinese in refusal.value.chinese
    assert LOST_IDS_ADVICE.english in str(refusal.value)


def test_rooms_are_masked_in_samples_and_preview_and_on_pages_of_cases(
    empty_app: Flask, home: Home
) -> None:
    client = first_client(empty_app)
    head = "工单编号,来电时间,标题,主要内容,详细地址"
    place = upload(client, f"{head}\nA1,2025-03-19,802室漏水,请联系802室,花园路3号802室\n")
    page = client.get(place).text
    assert "花园路3号***室" in page
    client.post(f"{place}/import", data={"profile": "workorder12345"})
    listed = client.get("/cases").text
    life = client.get(re.search(r'href="(/cases/2025-03/\w+)"', listed)[1]).text  # type: ignore[index]
    file = client.get("/cases/list.csv").text
    for shown in (page, listed, life, file):
        assert "***室" in shown
        assert "802" not in shown


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"column-2": "case_id"}, "同一字段对应了多列"),
        ({"column-0": ""}, "case_id"),
        ({"name": ""}, "方案名称"),
        ({"name": "../x"}, "方案名称"),
        ({"name": "suyuan"}, "自带的方案"),
        ({"zone": "Mars"}, "没有名为“Mars”的时区"),
        ({"crs": "GPS?"}, "GPS?"),
        ({"date_order": "ydm"}, "不是允许的取值"),
    ],
)
def test_what_is_missing_is_told_and_nothing_lost(
    empty_app: Flask, home: Home, changed: dict[str, str], told: str
) -> None:
    client = first_client(empty_app)
    place = upload(client)
    answer = client.post(place, data={**FORM, **changed, "do": "import"})
    assert answer.status_code == 422
    assert told in answer.text
    assert client.get(place).status_code == 200
    assert not home.profiles.exists() or not list(home.profiles.iterdir())
    if "column-2" not in changed:
        assert 'value="source_lng" selected' in answer.text, "the other choices stay"


def test_an_upload_that_is_no_table_is_not_kept(empty_app: Flask, home: Home) -> None:
    data = {"file": (io.BytesIO(b"%PDF-1.7"), "a.csv"), "profile": ""}
    answer = first_client(empty_app).post("/cases/import", data=data)
    assert (answer.status_code, "PDF" in answer.text) == (422, True)
    assert list(home.uploads.iterdir()) == []


def test_a_waiting_upload_goes_by_hand_or_after_a_day(empty_app: Flask, home: Home) -> None:
    client = first_client(empty_app)
    place = upload(client)
    assert client.post(f"{place}/delete").status_code == 302
    assert list(home.uploads.iterdir()) == []
    upload(client)
    delete_leftovers(home, datetime.now(UTC) + timedelta(hours=23))
    assert list(home.uploads.iterdir())
    delete_leftovers(home, datetime.now(UTC) + timedelta(hours=25))
    assert list(home.uploads.iterdir()) == []


@pytest.mark.parametrize("path", ["x", "0" * 32, "../secret.key", "0" * 32 + "/import"])
def test_other_tokens_lead_nowhere(empty_client: FlaskClient, path: str) -> None:
    answer = empty_client.post(f"/cases/mapping/{path}", data={"profile": "suyuan"})
    assert answer.status_code == 404


def test_a_profile_is_changed_downloaded_and_deleted(empty_app: Flask, home: Home) -> None:
    client = first_client(empty_app)
    client.post(upload(client), data={**FORM, "do": "save"})
    form = {
        "headers-case_id": "流水 | 流水号", "headers-received_at": "发生", "zone": "UTC",
        "crs": "GCJ-02", "date_order": "dmy", "values": "status: 结了 = 已办结",
    }  # fmt: skip
    wrong = client.post("/cases/profiles/城管/edit", data={**form, "values": "结了 是 办结"})
    assert (wrong.status_code, "流水 | 流水号" in wrong.text) == (422, True)
    assert client.post("/cases/profiles/城管/edit", data=form).status_code == 302
    content = yaml.safe_load(client.get("/cases/profiles/城管.yaml").data)
    assert content["columns"] == {"case_id": ["流水", "流水号"], "received_at": ["发生"]}
    assert content["values"] == {"status": {"结了": "已办结"}}
    assert client.post("/cases/profiles/城管/delete").status_code == 302
    assert known_profiles(home.profiles) == known_profiles()
    for method, path in (("get", "城管.yaml"), ("post", "城管/delete"), ("post", "suyuan/edit")):
        assert getattr(client, method)(f"/cases/profiles/{path}").status_code == 422


def test_profiles_survive_being_written(tmp_path: Path) -> None:
    for name in known_profiles():
        profile = load_profile(name)
        own = profile.model_copy(update={"name": f"my-{name}"})
        save_profile(tmp_path, own)
        assert load_profile(f"my-{name}", tmp_path) == own
    with pytest.raises(InvalidProfile, match="shipped profile"):
        save_profile(tmp_path, load_profile("suyuan"))
    with pytest.raises(UnknownProfile):
        delete_profile(tmp_path, "../my-suyuan")


def test_value_lines_are_checked() -> None:
    assert read_values("resolved： 搞定 = 是\n\n") == {"resolved": {"搞定": "是"}}
    with pytest.raises(InvalidParameter, match="no line like"):
        read_values("搞定")


def run(home: Path, *arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, arguments, env={**os.environ, "SUYUAN_HOME": str(home)})
    return result.exit_code, result.stdout, result.stderr


def test_profiles_in_the_terminal(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    save_profile(home.profiles, load_profile("suyuan").model_copy(update={"name": "mine"}))
    _, listed, _ = run(home.path, "profiles", "list", "--json")
    assert {each["name"]: each["own"] for each in json.loads(listed)}["mine"] is True
    _, shown, _ = run(home.path, "profiles", "show", "mine")
    assert yaml.safe_load(shown)["name"] == "mine"
    file = tmp_path / "a.csv"
    file.write_text("工单编号,来电时间,别的\nA1,2025-03-19,x\nA2,下周,x\n")
    _, line, _ = run(home.path, "profiles", "check", str(file), "--json")
    report = json.loads(line)
    assert report["profile"] == "workorder12345"
    assert (report["read"], report["rejected"]) == (2, 1)
    assert (report["reasons"], report["unused"]) == ({"unreadable_date": 1}, ["别的"])
    file.write_text("甲,乙\n1,2\n")
    code, _, told = run(home.path, "profiles", "check", str(file))
    assert (code, told.count("\n")) == (1, 1)
    assert json.loads(run(home.path, "cases", "count", "--json")[1])["cases"] == 0
