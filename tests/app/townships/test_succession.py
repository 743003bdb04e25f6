"""Townships whose code changes: what follows a renaming, and what stands apart after a split."""

from __future__ import annotations

from datetime import UTC, date, datetime

import geopandas as gpd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.accounts.access import Access
from app.accounts.models import AuditEntry
from app.errors import Conflict, InvalidParameter, Missing
from app.services import services
from app.succession import Change, Lineage, followed, lineage, parted
from app.townships.assessment.board import Board, Line, Reconciled, Share
from app.townships.assessment.code_changes import closed_before, unexplained, without_parted
from app.townships.assessment.cycles import Calendar, find_cycle
from app.townships.assessment.models import ClosedCycle
from app.townships.assessment.results import Result
from app.townships.succession.recording import (
    ChangeValues,
    _check_fits,
    record_change,
    remove_change,
)
from geodata.areas import codes_of_version, import_boundaries, known_areas
from geodata.home import Home
from tests.people import client_as, first_client, make_app, operator_of

OLD, NEW = ["T1", "T2", "T3", "T4"], ["T1", "T2A", "T2B", "T3N", "T4"]


def import_codes(home: Home, codes: list[str]) -> str:
    squares = [shapely.box(i, 0, i + 1, 1) for i in range(len(codes))]
    path = home.path.parent / f"{len(codes)}.geojson"
    frame = gpd.GeoDataFrame({"code": codes, "name": [f"{code}街道" for code in codes]},
                             geometry=squares, crs=4326)  # fmt: skip
    frame.to_file(path)
    report = import_boundaries(home, path, level="township", code_field="code", name_field="name")
    return report.version


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    made = Home.at(tmp_path_factory.mktemp("succession") / "home")
    import_codes(made, OLD)
    import_codes(made, NEW)
    return made


@pytest.fixture
def access(home: Home) -> Access:
    home.database.unlink(missing_ok=True)
    return operator_of(home)


def change(before: str, after: str, since: str, note: str = "") -> ChangeValues:
    return ChangeValues(
        before=tuple(before.split()), after=tuple(after.split()), since=since, note=note
    )


def test_all_codes_ever_imported_are_known(home: Home) -> None:
    known = known_areas(home, "township")
    assert list(known) == sorted({*OLD, *NEW})
    assert [code for code, area in known.items() if not area.in_use] == ["T2", "T3"]
    assert known["T2A"].name == "T2A街道"
    assert codes_of_version(home, "township", import_codes(home, NEW)) == set(NEW)
    assert codes_of_version(home, "township", "township-000000000000") == set()


def test_a_renaming_is_followed_and_a_split_is_not(home: Home, access: Access) -> None:
    record_change(access, home, change("T3", "T3N", "2025-03-10"))
    record_change(access, home, change("T2", "T2A T2B", "2025-06-01", "拆分"))
    database = access.database
    assert followed(database, "T3N") == followed(database, "T3") == ("T3", "T3N")
    assert followed(database, "T2A") == ("T2A",)
    (split,) = parted(database, "T2B")
    assert (split.kind, split.before, split.after, split.note) == (
        "split", ("T2",), ("T2A", "T2B"), "拆分"
    )  # fmt: skip
    assert parted(database, "T3N") == ()
    assert followed(database, "unheard") == ("unheard",)


def test_a_part_may_keep_the_code_and_be_renamed_later(home: Home, access: Access) -> None:
    record_change(access, home, change("T1", "T1 T2A", "2025-01-01"))
    record_change(access, home, change("T1", "T4", "2025-09-01"))
    found = lineage(access.database)
    assert found.followed("T4") == ("T1", "T4")
    assert [each.kind for each in found.parted("T4")] == ["split"]
    assert [each.kind for each in found.parted("T2A")] == ["split"]


def test_a_merger_of_several(home: Home, access: Access) -> None:
    record_change(access, home, change("T1 T2 T3", "T3N", "2025-01-01"))
    (merger,) = lineage(access.database).changes
    assert (merger.kind, merger.before) == ("merged", ("T1", "T2", "T3"))


@pytest.mark.parametrize(
    ("values", "error", "told"),
    [
        (change("T9", "T1", "2025-01-01"), InvalidParameter, "T9"),
        (change("T1", "T9", "2025-01-01"), InvalidParameter, "T9"),
        (change("T1", "T1", "2025-01-01"), InvalidParameter, "both sides"),
        (change("T3N", "T3", "2026-01-01"), Conflict, "does not come back"),
        (change("T3N", "T3", "2025-01-01"), Conflict, "T3"),
        (change("T3", "T1", "2026-01-01"), Conflict, "ended already"),
        (change("T1", "T3N", "2026-01-01"), Conflict, "begun already"),
        (change("T3N", "T2A", "2025-01-01"), Conflict, "had not begun"),
        (change("T1", "T1 T3", "2026-01-01"), Conflict, "does not come back"),
        (change("T3N T1", "T4", "2025-03-10"), Conflict, "that day"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(
    home: Home, access: Access, values: ChangeValues, error: type[Exception], told: str
) -> None:
    record_change(access, home, change("T3", "T3N", "2025-03-10"))
    with pytest.raises(error, match=told) as refused:
        record_change(access, home, values)
    assert "\n" not in refused.value.chinese
    assert len(lineage(access.database).changes) == 1


def test_taking_back_removes_all_rows_and_both_stand_in_the_audit(
    home: Home, access: Access
) -> None:
    record_change(access, home, change("T2", "T2A T2B", "2025-06-01"))
    (made,) = lineage(access.database).changes
    remove_change(access, made.rows[1])
    assert lineage(access.database).changes == ()
    with pytest.raises(Missing):
        remove_change(access, made.rows[0])
    with access.database.session() as session:
        acts = [each.action for each in session.scalars(select(AuditEntry))]
    assert acts == ["succession.create", "succession.remove"]


def test_only_a_split_within_the_time_compared_breaks_it() -> None:
    split = Change(date(2025, 2, 10), ("A",), ("A", "B"))
    found = Lineage((split,))
    january, february, march, april = (date(2025, month, 1) for month in (1, 2, 3, 4))
    assert found.parted_between("A", january, march) == split
    assert found.parted_between("B", february, april) == split
    assert found.parted_between("A", march, april) is None
    assert found.parted_between("C", january, march) is None


CODES = ["A", "B", "C", "D", "E"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sets(st.sampled_from(CODES), min_size=1, max_size=2),
            st.sets(st.sampled_from(CODES), min_size=1, max_size=2),
            st.dates(date(2024, 1, 1), date(2024, 1, 6)),
        ),
        max_size=6,
    )
)
def test_whatever_is_taken_in_has_an_end_and_is_the_same_from_both_sides(
    drawn: list[tuple[set[str], set[str], date]],
) -> None:
    kept: tuple[Change, ...] = ()
    for before, after, since in drawn:
        new = Change(since, tuple(sorted(before)), tuple(sorted(after)))
        try:
            _check_fits(Lineage(kept), new)
        except Conflict:
            continue
        if before != after:
            kept = tuple(sorted((*kept, new), key=lambda each: (each.since, each.before)))
    found = Lineage(kept)
    for code in CODES:
        chain = found.followed(code)
        assert len(set(chain)) == len(chain)
        assert all(found.followed(each) == chain for each in chain)


def test_a_split_township_is_not_compared_and_the_others_are_ranked_without_it() -> None:
    nothing = Share(None, None, None)
    lines = tuple(
        Line(code, code, "", 9, None, 9, {}, nothing, rank, change=change, change_rank=place,
             moved=1, results=tuple(Result(kind, "", "") for kind in kinds))
        for code, rank, change, place, kinds in (
            ("A", 1, 5.0, 1, ("advanced", "progress")), ("B", 2, -2.0, 3, ("progress",)),
            ("C", 3, 1.0, 2, ()),
        )
    )  # fmt: skip
    february = find_cycle("month-2025-02", Calendar())
    counted = Reconciled(27, 0, 27, 0, 0, 27, 0)
    made = Board(february, lines, lines[0], counted, complete=True)
    split = Change(date(2025, 1, 15), ("A",), ("A", "X"))
    renamed = Change(date(2025, 1, 15), ("Y",), ("B",))
    shown, parted = without_parted(made, Lineage((split, renamed)))
    assert parted == {"A": split}
    assert [(each.change, each.change_rank, each.moved) for each in shown.lines] == [
        (None, None, None), (-2.0, 2, 1), (1.0, 1, 1),
    ]  # fmt: skip
    assert [each.rank for each in shown.lines] == [1, 2, 3]
    assert [[each.kind for each in line.results] for line in shown.lines] == [
        ["advanced"], ["progress"], [],
    ]  # fmt: skip
    earlier = Change(date(2024, 12, 31), ("A",), ("A", "X"))
    assert without_parted(made, Lineage((earlier,))) == (made, {})


def test_closed_cycles_of_other_boundaries_and_codes_without_a_word_are_told(
    home: Home, access: Access
) -> None:
    old = import_codes(home, OLD)
    import_codes(home, NEW)
    with access.database.session() as session:
        session.add(
            ClosedCycle(
                cycle_id="month-2025-01", first_day=date(2025, 1, 1), end_day=date(2025, 2, 1),
                case_store_version=0, boundary_version=old, document="{}", digest="",
                closed_at=datetime.now(UTC), closed_by="x",
            )
        )  # fmt: skip
    record_change(access, home, change("T3", "T3N", "2025-03-10"))
    found = lineage(access.database)
    (closed,) = closed_before(access.database, home, found)
    assert (closed.cycle_id, closed.gone, closed.unexplained) == ("month-2025-01", 2, 1)
    open_ = unexplained(known_areas(home, "township"), home, found)
    assert [area.code for area in open_.gone] == ["T2"]
    assert [area.code for area in open_.new] == ["T2A", "T2B"]


def test_the_page_records_refuses_and_takes_back(home: Home) -> None:
    home.database.unlink(missing_ok=True)
    app = make_app(home.path)
    client = first_client(app)
    assert "T2A街道" in client.get("/assessment/codes").text
    sent = {"before": "T2", "after": "T2A、T2B", "since": "2025-06-01", "note": "拆分为两个街道"}
    assert client.post("/assessment/codes", data=sent).status_code == 302
    page = client.get("/assessment/codes").text
    assert "拆分为两个街道" in page
    again = client.post("/assessment/codes", data=sent)
    assert (again.status_code, "当天已有变更" in again.text) == (409, True)
    wrong = client.post("/assessment/codes", data={**sent, "before": "T2", "after": "什么"})
    assert (wrong.status_code, "“什么”" in wrong.text) == (400, True)
    assert client.post("/assessment/codes", data={"before": "T2"}).status_code == 422
    viewer = client_as(app, "a-viewer", ["viewer"])
    assert viewer.get("/assessment/codes").status_code == 200
    assert viewer.post("/assessment/codes", data=sent).status_code == 403
    (made,) = lineage(services(app).database).changes
    assert client.post(f"/assessment/codes/{made.rows[0]}/remove").status_code == 302
    assert lineage(services(app).database).changes == ()
