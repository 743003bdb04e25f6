"""A file of places by the page: looked at, corrected, confirmed; nothing stored until then."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app.places import uploading
from app.places.listing import register_version
from app.services import services
from geodata.home import Home
from geodata.places import add_place, find_place, read_changes, read_register
from geodata.places.records import Place
from tests.app.small_register import PLACES

CHANGED = PLACES.replace("花园小区,花园里", "花园新苑,花园里") + "P5,新村,,村,,83.01,39.02\n"
ENGLISH = {"language": "en"}


def ended(client: FlaskClient, answer: object) -> str:
    """Return the page that a job led to, or what its panel says when it failed."""
    location = answer.headers["Location"]  # type: ignore[attr-defined]
    state = client.get(location.removesuffix("/watch")).get_json()
    return state["result_url"] or state["message"]


def upload(client: FlaskClient, content: str | bytes, name: str = "点位.csv", **form: str) -> str:
    data = content.encode() if isinstance(content, str) else content
    answer = client.post("/places/import", data={"file": (io.BytesIO(data), name), **form})
    assert answer.status_code == 302, answer.text
    return ended(client, answer)


def counts(page: str) -> dict[str, int]:
    found = re.findall(r'data-count="(\w+)">([\d,]+) ', page)
    return {name: int(number.replace(",", "")) for name, number in found}


def columns(page: str) -> dict[str, str]:
    """What the browser would send of the columns if nothing was touched."""
    selects = re.findall(r'<select[^>]* name="(column-\w+)">(.*?)</select>', page, re.DOTALL)
    chosen = {name: re.search(r"<option selected>([^<]*)<", inner) for name, inner in selects}
    return {name: found[1] if found else "" for name, found in chosen.items()}


def test_a_file_is_shown_and_then_imported(client: FlaskClient, home: Home) -> None:
    before = register_version(home)
    preview = upload(client, CHANGED)
    page = client.get(preview).text
    assert counts(page) == {"added": 1, "changed": 1, "removed": 0, "unchanged": 3, "problems": 0}
    assert 'id="many-removed"' not in page
    assert "花园小区 → 花园新苑" in page
    assert "新村" in page
    assert columns(page)["column-aliases"] == "aliases"
    assert register_version(home) == before, "nothing is stored before the word is given"
    answer = client.post(preview, data={"do": "import", **columns(page)})
    log = ended(client, answer)
    assert log == "/places/changes/2"
    assert find_place(home, "P1").name == "花园新苑"
    shown = client.get(log).text
    assert "点位.csv" in shown
    assert "P5" in shown
    assert 'id="pending"' in shown, "the stored cases are to follow"
    assert "花园小区 → 花园新苑" in client.get(f"{log}?kind=changed").text
    assert "/places/changes/2" in client.get("/places/changes").text
    assert not any(home.uploads.iterdir())
    assert client.get(preview).status_code == 404


def test_the_same_file_changes_nothing(client: FlaskClient, home: Home) -> None:
    preview = upload(client, PLACES)
    page = client.get(preview).text
    assert counts(page)["unchanged"] == 4
    assert 'value="import"' not in page
    client.post(preview, data={"do": "import", **columns(page)})
    assert len(read_changes(home)) == 1


def test_bad_rows_are_listed_and_nothing_can_be_confirmed(client: FlaskClient, home: Home) -> None:
    preview = upload(client, PLACES + "P1,又一个,,村,,83.01,39.02\nP7,远村,,村,,783.01,39.02\n")
    page = client.get(preview).text
    assert counts(page) == {"added": 0, "changed": 0, "removed": 0, "unchanged": 4, "problems": 2}
    assert "编码重复" in page
    assert 'value="import"' not in page
    client.post(preview, data={"do": "import", **columns(page)})
    assert len(read_changes(home)) == 1
    client.post("/language", data=ENGLISH)
    assert "code given twice" in client.get(preview).text


def test_unknown_columns_are_chosen_by_hand(client: FlaskClient, home: Home) -> None:
    file = "点号,叫法,东,北,别名\nQ1,河口村,83.01,39.02,老河口\n"
    preview = upload(client, file, update="y")
    page = client.get(preview).text
    assert "缺少必需的列 lng" in page
    assert counts(page) == {}
    chosen = {
        **columns(page), "column-code": "点号", "column-name": "叫法", "column-lng": "东",
        "column-lat": "北", "column-aliases": "", "update": "y",
    }  # fmt: skip
    # What was not shown is not imported, whatever button was pressed.
    preview = ended(client, client.post(preview, data={"do": "import", **chosen}))
    assert len(read_changes(home)) == 1
    page = client.get(preview).text
    assert counts(page)["added"] == 1
    assert "不用的列：别名" in page
    assert ended(client, client.post(preview, data={"do": "import", **chosen})).startswith(
        "/places/c"
    )
    assert find_place(home, "Q1").aliases == ()
    assert len(read_register(home)) == 5, "with the box ticked the others stay"


def test_places_that_the_file_lacks_are_told_before_they_go(client: FlaskClient) -> None:
    first = "\n".join(PLACES.splitlines()[:3])
    page = client.get(upload(client, first)).text
    assert counts(page)["removed"] == 2
    assert 'id="many-removed"' in page, "half of the register would go"
    assert "占点位库的 50%" in page
    assert "柳岸村" in page
    assert counts(client.get(upload(client, first, update="y")).text)["removed"] == 0


def test_a_register_that_changed_meanwhile_is_compared_anew(
    client: FlaskClient, home: Home
) -> None:
    preview = upload(client, CHANGED)
    page = client.get(preview).text
    add_place(home, Place("P5", "别人的新村", find_place(home, "P1").geometry))
    again = ended(client, client.post(preview, data={"do": "import", **columns(page)}))
    assert again == preview
    assert find_place(home, "P5").name == "别人的新村"
    assert counts(client.get(again).text)["added"] == 0


def test_a_change_between_the_word_and_the_work_stops_it(client: FlaskClient, home: Home) -> None:
    token = upload(client, CHANGED).rsplit("/", 1)[1]
    choices = {"columns": {}, "crs": None, "update": False}
    jobs = services(client.application).jobs
    job = jobs.get(jobs.start("import-places", token=token, choices=choices, seen="places-old"))
    assert (job.state, "changed by someone else" in job.message) == ("failed", True)
    assert len(read_changes(home)) == 1


def test_no_file_of_places_is_refused_in_one_line(client: FlaskClient, home: Home) -> None:
    said = upload(client, b"no shapes", "a.geojson")
    assert "不是矢量文件" in said
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.shp", bytes(80 << 20))
    assert "解压" in upload(client, bomb.getvalue(), "a.zip")
    assert not any(home.uploads.iterdir())
    data = {"file": (io.BytesIO(b"x"), "a.exe")}
    assert client.post("/places/import", data=data).status_code == 400
    assert client.post("/places/import", data={}).status_code == 422


def test_an_outline_without_its_system_asks_for_it(client: FlaskClient, home: Home) -> None:
    gml = io.BytesIO()
    with zipfile.ZipFile(gml, "w") as archive:
        for each in shapefile(home.path):
            archive.write(each, each.name)
    preview = upload(client, gml.getvalue(), "a.zip", update="y")
    page = client.get(preview).text
    assert "没有写明坐标系" in page
    assert "column-lng" not in page, "shapes have no columns of coordinates"
    form = {"do": "check", "crs": "GCJ-02", "update": "y", **columns(page)}
    page = client.get(ended(client, client.post(preview, data=form))).text
    assert counts(page)["added"] == 1


def shapefile(folder: Path) -> list[Path]:
    """Write one place as a Shapefile and leave out the file that tells its system."""
    import geopandas as gpd
    import shapely

    path = folder / "shapes.shp"
    frame = {"code": ["S1"], "name": ["South"]}
    shape = shapely.box(116, 39, 116.1, 39.1)
    gpd.GeoDataFrame(frame, geometry=[shape], crs=4326).to_file(path)
    return [each for each in folder.glob("shapes.*") if each.suffix != ".prj"]


def test_a_waiting_file_is_given_up(client: FlaskClient, home: Home) -> None:
    preview = upload(client, CHANGED)
    assert client.post(f"{preview}/delete").status_code == 302
    assert not any(home.uploads.iterdir())
    assert client.get(preview).status_code == 404
    assert client.get("/places/import/" + "0" * 32).status_code == 404
    assert client.get("/places/import/..").status_code == 404


def test_a_workbooks_name_makes_no_table(client: FlaskClient, home: Home) -> None:
    for name in ("x.xlsx", "x.xls", "x.et"):
        assert "不是 Excel 工作簿" in upload(client, "junk", name)
    assert not any(home.uploads.iterdir())
    exported = upload(client, CHANGED.replace(",", "\t"), "x.xls")
    assert "column-lng" in client.get(exported).text, "a text under such a name is a table"


@pytest.mark.parametrize("looked_at", ["headers_of", "_preview"])
def test_a_file_given_up_while_it_is_looked_at_ends_quietly(
    client: FlaskClient,
    home: Home,
    looked_at: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    look = getattr(uploading, looked_at)

    def give_up_first(*arguments: object) -> object:
        for folder in home.uploads.iterdir():
            assert client.post(f"/places/import/{folder.name}/delete").status_code == 302
        return look(*arguments)

    monkeypatch.setattr(uploading, looked_at, give_up_first)
    for content, name in ((CHANGED, "a.csv"), ("no shapes", "a.geojson")):
        if looked_at == "headers_of" or name == "a.csv":
            assert "已不再保留" in upload(client, content, name)
    assert not any(home.uploads.iterdir())
    assert "failed" not in caplog.text


def test_a_file_given_up_after_it_was_read_ends_quietly(
    client: FlaskClient, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = uploading._preview

    def give_up_then(*arguments: object) -> object:
        found = look(*arguments)
        shutil.rmtree(next(home.uploads.iterdir()))
        return found

    monkeypatch.setattr(uploading, "_preview", give_up_then)
    assert "已不再保留" in upload(client, CHANGED)
    assert not any(home.uploads.iterdir())


@pytest.mark.parametrize(
    "name", ["aaaaaaaaaa." + "b" * 195 + ".csv", "." * 300 + "csv", "点" * 100 + ".csv", ".a.csv"]
)
def test_a_long_name_or_points_lose_no_upload(client: FlaskClient, home: Home, name: str) -> None:
    preview = upload(client, CHANGED, name)
    assert client.get(preview).status_code == 200
    (kept,) = [each for each in home.uploads.rglob("*.csv") if not each.name.startswith(".")]
    assert len(kept.name.encode()) <= 200


def test_an_upload_of_cases_is_no_file_of_places(client: FlaskClient) -> None:
    data = {"file": (io.BytesIO(CHANGED.encode()), "a.csv"), "profile": ""}
    token = client.post("/cases/import", data=data).headers["Location"].split("/")[3].split("?")[0]
    assert client.get(f"/cases/mapping/{token}").status_code == 200
    assert client.get(f"/places/import/{token}").status_code == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/places/changes/9", 404),
        ("/places/changes/1?kind=stolen", 400),
        ("/places/changes/1?page=0", 400),
        ("/places/changes?page=99", 200),
        ("/places/changes/1?kind=removed", 200),
    ],
)
def test_the_log_is_asked_in_other_ways(client: FlaskClient, path: str, status: int) -> None:
    assert client.get(path).status_code == status


def test_the_log_of_an_empty_home(empty_client: FlaskClient) -> None:
    assert "没有变更" in empty_client.get("/places/changes").text
    assert empty_client.get("/places/import").status_code == 200
