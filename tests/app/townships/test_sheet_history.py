"""What happened to a township: of every kind of record, in the order of days, and of it alone."""

from __future__ import annotations

from datetime import UTC, date, datetime

from app.accounts.units import city_unit
from app.db import Database
from app.townships.choosing.models import Decision
from app.townships.designations.models import Designation
from app.townships.governing.models import Plan
from app.townships.sheet.history import events_of
from app.townships.supervising.models import EarlyWarning, SupervisionOrder, Talk, Whistle


def fill(database: Database, township: str) -> None:
    unit = city_unit(database).id
    with database.session() as session:
        session.add_all(
            [
                Designation(
                    township=township, name="东街道", state="exited", since=date(2025, 11, 1),
                    designated_on=date(2025, 3, 1), exited_on=date(2025, 11, 1),
                ),
                EarlyWarning(
                    cycle_id="month-2025-02", township=township, name="东街道", rank=3, cases=50,
                    facts={}, state="open", raised_on=date(2025, 2, 20),
                ),
                Talk(
                    kind="collective", rule="bottom", cycle_id="month-2025-02",
                    subject_kind="township", subject=township, subject_name="东街道", facts={},
                    state="held", held_on=date(2025, 2, 25),
                ),
                # Proposed, so nothing has happened yet.
                Talk(
                    kind="collective", rule="bottom", cycle_id="month-2025-03",
                    subject_kind="township", subject=township, subject_name="东街道", facts={},
                    state="proposed",
                ),
                # A district of the same code is another.
                Talk(
                    kind="last", rule="last", cycle_id="month-2025-02", subject_kind="district",
                    subject=township, subject_name="东区", facts={}, state="held",
                    held_on=date(2025, 2, 26),
                ),
                SupervisionOrder(
                    number=f"督-{township}", source="media", level="city", title="积水",
                    unit_id=unit, township=township, issued_on=date(2025, 7, 1),
                    deadline=date(2025, 8, 1), extensions=[], state="closed",
                    closed_on=date(2025, 7, 20),
                ),
                Whistle(
                    township=township, title="路灯不亮", classes=[], state="open",
                    raised_on=date(2025, 7, 1),
                ),
            ]
        )  # fmt: skip


def test_events_stand_newest_first_and_are_of_the_township_alone(database: Database) -> None:
    fill(database, "T1")
    fill(database, "T2")
    found = events_of(database, ["T1"])
    assert [(str(event.on), event.key, event.title) for event in found] == [
        ("2025-11-01", "exited", ""),
        ("2025-07-20", "order_closed", "积水"),
        ("2025-07-01", "whistled", "路灯不亮"),
        ("2025-07-01", "ordered", "积水"),
        ("2025-03-01", "designated", ""),
        ("2025-02-25", "talked", ""),
        ("2025-02-20", "warned", ""),
    ]


def test_a_township_that_changed_its_code_keeps_its_history(database: Database) -> None:
    fill(database, "T1")
    fill(database, "T9")
    assert len(events_of(database, ["T1", "T9"])) == 2 * len(events_of(database, ["T9"]))


def test_a_plan_and_the_decision_behind_a_designation_are_told(database: Database) -> None:
    with database.session() as session:
        decision = Decision(
            title="首批名单", run_id="r", case_store_version=0, decided_on=date(2025, 2, 27),
            decided_by="会", chosen=["东街道"], document="{}", digest="",
            recorded_at=datetime(2025, 2, 27, tzinfo=UTC), recorded_by="x",
        )  # fmt: skip
        session.add(decision)
        session.flush()
        one = Designation(
            township="T1", name="东街道", state="governed", since=date(2025, 3, 1),
            designated_on=date(2025, 3, 1), decision_id=decision.id,
        )  # fmt: skip
        session.add(one)
        session.flush()
        for level, area in (("township", "T1"), ("district", "T1")):
            session.add(
                Plan(
                    level=level, area_code=area, name="东街道", year=2025,
                    begun_on=date(2025, 3, 5),
                    designation_id=one.id if level == "township" else None,
                )
            )  # fmt: skip
    assert [(each.key, each.title) for each in events_of(database, ["T1"])] == [
        ("planned", "2025"), ("designated", ""), ("decided", "首批名单"),
    ]  # fmt: skip
    assert events_of(database, ["T2"]) == ()


def test_a_township_of_which_nothing_is_known_has_none(database: Database) -> None:
    assert events_of(database, ["T1"]) == ()
