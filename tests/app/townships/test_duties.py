"""The duty list: taken in whole or not at all, searched, and asked who must come."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from app.accounts.access import Access, operator
from app.accounts.models import AuditEntry, HandlerName, Unit
from app.db import Database
from app.errors import Conflict, Forbidden, InvalidParameter, validated
from app.services import services
from app.townships.duties.keeping import (
    DutyValues,
    all_duties,
    change_duty,
    create_duty,
    list_duties,
    remove_duty,
)
from app.townships.duties.proposing import who_must_come
from app.townships.duties.reading import InvalidDutyFile, import_duties
from geodata.errors import MissingColumn, UnreadableFile
from geodata.home import Home
from tests.app.townships.governed_city import make_areas, make_units
from tests.people import access_as, client_as, make_account, make_app

HEADER = "场景,一级分类,二级分类,层级,牵头单位,配合单位,依据,批次\n"
LIST = HEADER + (
    "老楼加装电梯,,,市级,市住建委,市规自委、市水务局,专项清单第一条,第一批\n"
    "老楼加装电梯,,,区,区住建委,区城管委；属地街道,专项清单第一条,第一批\n"
    ",物业管理,,区级,区城管委,,,第一批\n"
    ",物业管理,房屋漏水,区级,区住建委,,,第二批\n"
    ",物业管理,,街道,属地街乡镇,,,第一批\n"
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return make_areas(tmp_path_factory.mktemp("duties"))


@pytest.fixture
def access(database: Database) -> Access:
    return operator(database)


@pytest.fixture
def units(access: Access, home: Home) -> dict[str, int]:
    return make_units(access, home)


def upload(text: str | bytes, name: str = "清单.csv") -> FileStorage:
    content = text.encode("gb18030") if isinstance(text, str) else text
    return FileStorage(io.BytesIO(content), filename=name)


def workbook(rows: list[list[object]]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return file.getvalue()


@pytest.mark.db
def test_a_list_is_taken_in_and_a_batch_replaces_itself(access: Access, home: Home) -> None:
    taken = import_duties(access, home, upload(LIST), "")
    assert (taken.added, taken.replaced, taken.batches) == (5, 0, ("第一批", "第二批"))
    lift = all_duties(access.database)[1]
    assert (lift.level, lift.lead, lift.cooperating) == (
        "district",
        "区住建委",
        ["区城管委", "属地街道"],
    )
    again = HEADER + ",市容环卫,,区,区城管委,,,第一批\n"
    assert import_duties(access, home, upload(again), "").replaced == 4
    assert [duty.batch for duty in all_duties(access.database)] == ["第二批", "第一批"]
    with access.database.session() as session:
        told = session.scalars(select(AuditEntry).where(AuditEntry.action == "duty.import")).all()
    assert [each.after["replaced"] for each in told if each.after] == [0, 4]
    assert not list(home.uploads.iterdir())


def test_a_workbook_reads_as_the_text_does(access: Access, home: Home) -> None:
    rows = [line.split(",") for line in LIST.splitlines()]
    titled: list[list[object]] = [["接诉即办专项清单"], *rows]
    import_duties(access, home, upload(workbook(titled), "清单.xlsx"), "")
    found = [(duty.scenario, duty.classes, duty.level) for duty in all_duties(access.database)]
    assert found == [
        ("老楼加装电梯", [], "city"), ("老楼加装电梯", [], "district"),
        ("", ["物业管理"], "district"), ("", ["物业管理", "房屋漏水"], "district"),
        ("", ["物业管理"], "township"),
    ]  # fmt: skip


def test_rows_in_disorder_are_named_and_nothing_is_taken(access: Access, home: Home) -> None:
    import_duties(access, home, upload(LIST), "")
    wrong = HEADER + (
        "甲,,,省,某单位,,,三\n"
        "乙,,,市,,,,三\n"
        ",,,区,某单位,,,三\n"
        "丙,,房屋漏水,区,某单位,,,三\n"
        "丁,,,区,某单位,,,\n"
        "戊,,,区,某单位,,,三\n"
        "戊,,,区,另一单位,,,三\n"
    )
    with pytest.raises(InvalidDutyFile) as caught:
        import_duties(access, home, upload(wrong), "")
    lines = [problem.line()[1] for problem in caught.value.problems]
    assert [problem.row for problem in caught.value.problems] == [2, 3, 4, 5, 6, 8]
    assert lines[0] == "第 2 行“层级”列 “省” 不是“市”“区”“街乡镇”之一"
    assert "第 7 行" in lines[-1]
    assert "另有 5 处" in caught.value.chinese
    assert len(all_duties(access.database)) == 5
    assert not list(home.uploads.iterdir())


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (HEADER, UnreadableFile),
        ("场景,单位\n甲,乙\n", MissingColumn),
        (b"%PDF-1.7 nothing", UnreadableFile),
        ("", UnreadableFile),
    ],
)
def test_files_that_are_none(
    access: Access, home: Home, content: str | bytes, error: type[Exception]
) -> None:
    with pytest.raises(error):
        import_duties(access, home, upload(content), "第一批")
    assert not all_duties(access.database)


@pytest.mark.parametrize(
    ("classes", "scenario", "expected"),
    [
        (("物业管理",), "", [("区城管委", "东区城管委"), ("属地街乡镇", "东街道")]),
        (("物业管理", "房屋漏水", "外墙"), "",
         [("区住建委", "东区住建委"), ("属地街乡镇", "东街道")]),
        (("物业管理", "电梯"), "老楼加装电梯",
         [("市住建委", "住建委"), ("市规自委", None), ("市水务局", "水务局"),
          ("区住建委", "东区住建委"), ("区城管委", "东区城管委"), ("属地街道", "东街道"),
          ("属地街乡镇", "东街道")]),
        (("市容环卫",), "", []),
        ((), "", []),
    ],
)  # fmt: skip
def test_the_most_specific_duty_speaks_at_each_level(
    access: Access, home: Home, units: dict[str, int],
    classes: tuple[str, ...], scenario: str, expected: list[tuple[str, str | None]],
) -> None:  # fmt: skip
    import_duties(access, home, upload(LIST), "")
    found = who_must_come(access.database, classes, scenario, "T1")
    assert [(each.name, each.unit.name if each.unit else None) for each in found] == expected
    assert all(each.own is (each.unit is not None and each.unit.name == "东街道") for each in found)


def test_a_districts_unit_is_that_of_the_townships_own_district(
    access: Access, home: Home, units: dict[str, int]
) -> None:
    import_duties(access, home, upload(LIST), "")

    def lead(township: str) -> Unit | None:
        return who_must_come(access.database, ("物业管理", "房屋漏水"), "", township)[0].unit

    west = lead("T3")
    assert west is not None
    assert west.id == units["西区住建委"]
    with access.database.session() as session:
        session.get_one(Unit, units["西区住建委"]).valid_to = date(2020, 1, 1)
    assert lead("T3") is None
    with access.database.session() as session:
        session.add(HandlerName(name="西区房屋局", unit_id=units["西区"]))
    create_duty(access, DutyValues(classes=("噪声",), level="district", lead="区房屋局"))
    named = who_must_come(access.database, ("噪声",), "", "T3")[0].unit
    assert named is not None
    assert named.id == units["西区"]


def test_of_two_units_of_one_name_none_is_taken(access: Access, units: dict[str, int]) -> None:
    with access.database.session() as session:
        session.add(Unit(name="水务局", kind="department"))
    create_duty(access, DutyValues(classes=("水",), level="city", lead="水务局"))
    assert who_must_come(access.database, ("水",), "", "T1")[0].unit is None


def test_lines_are_found_by_all_words(access: Access, home: Home) -> None:
    import_duties(access, home, upload(LIST), "")
    assert list_duties(access.database, "住建委 电梯").total == 2
    assert list_duties(access.database, "物业管理", level="district", batch="第二批").total == 1
    assert list_duties(access.database, "没有这个词").total == 0
    assert list_duties(access.database).batches == ("第一批", "第二批")


def test_a_line_of_nothing_is_refused() -> None:
    for values in (
        {"level": "city", "lead": "甲"},
        {"level": "state", "lead": "甲", "scenario": "乙"},
        {"level": "city", "lead": " ", "scenario": "乙"},
        {"level": "city", "lead": "甲", "classes": ("1", "2", "3", "4")},
    ):
        with pytest.raises(InvalidParameter):
            validated(DutyValues, values)


@pytest.mark.db
def test_the_second_of_two_editors_is_told(access: Access) -> None:
    values = DutyValues(scenario="甲", level="city", lead="乙")
    duty = create_duty(access, values)
    change_duty(access, duty.id, values.model_copy(update={"lead": "丙"}), 1)
    for late in (change_duty, lambda *given: remove_duty(given[0], given[1], given[3])):
        with pytest.raises(Conflict):
            late(access, duty.id, values, 1)
    remove_duty(access, duty.id, 2)
    assert not all_duties(access.database)


def test_the_list_is_the_whole_citys(home: Home, tmp_path: Path) -> None:
    app = make_app(home.path)
    everybody = operator(services(app).database)
    units = make_units(everybody, home)
    district = client_as(app, "district", ["planner"], units["东区"])
    assert district.get("/duties").status_code == 200
    assert district.get("/duties/new").status_code == 403
    form = {"scenario": "甲", "level": "city", "lead": "乙"}
    assert district.post("/duties/new", data=form).status_code == 403
    account = make_account(services(app).database, "district", [])
    with pytest.raises(Forbidden):
        create_duty(access_as(app, account), DutyValues(**form))
    planner = client_as(app, "planner", ["planner"])
    assert planner.post("/duties/new", data={**form, "lead": ""}).status_code == 422
    assert planner.post("/duties/new", data={"level": "city", "lead": "乙"}).status_code == 422
    assert planner.post("/duties/new", data=form).status_code == 302
    page = planner.get("/duties?q=甲")
    assert "1 条职责" in page.text
    bad = planner.post(
        "/duties/import", data={"file": (io.BytesIO(b"\xe5\xb1\x82\n"), "x.csv"), "batch": "一"}
    )
    assert bad.status_code == 422
    wrong = (HEADER + "甲,,,省,某单位,,,三\n").encode()
    told = planner.post("/duties/import", data={"file": (io.BytesIO(wrong), "x.csv")})
    assert told.status_code == 422
    assert "第 2 行“层级”列 “省”" in told.text
    good = planner.post("/duties/import", data={"file": (io.BytesIO(LIST.encode()), "x.csv")})
    assert good.status_code == 302
    assert planner.get("/duties?level=township").text.count('<th scope="row"') == 1
