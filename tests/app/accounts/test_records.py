"""Records that several people change: nobody writes over another unseen, and the audit knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.access import operator
from app.accounts.models import AuditEntry
from app.accounts.records import Kind
from app.db import Database
from app.errors import Conflict, Missing
from app.townships.duties.models import Duty
from app.townships.steps import Steps

pytestmark = pytest.mark.db

DUTY = Kind(Duty, "duty", "duty", "职责")


def made(database: Database) -> Duty:
    duty = Duty(scenario="积水", classes=[], level="city", lead="排水集团", cooperating=[])
    with database.session() as session:
        return DUTY.create(operator(database), session, duty)


def setting(**values: Any) -> Any:
    def change(_session: Session, _duty: Duty) -> Mapping[str, Any]:
        return values

    return change


def lead(name: str) -> Any:
    return setting(lead=name)


def test_a_change_is_kept_and_told_with_its_words(database: Database) -> None:
    duty = made(database)
    DUTY.change(operator(database), duty.id, 1, lead("水务局"), act="hand_on", words="机构改革")
    with database.session() as session:
        assert session.get_one(Duty, duty.id).lead == "水务局"
        told = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()[-1]
    assert (told.action, told.subject_id) == ("duty.hand_on", str(duty.id))
    assert told.before == {"lead": "排水集团", "words": None}
    assert told.after == {"lead": "水务局", "words": "机构改革"}


def test_free_words_are_not_told_only_that_they_changed(database: Database) -> None:
    kind = Kind(Duty, "duty", "duty", "职责", untold=frozenset({"scenario"}))
    first = Duty(scenario="张三 13912345678", classes=[], level="city", lead="甲", cooperating=[])
    with database.session() as session:
        duty = kind.create(operator(database), session, first)
    number = duty.id
    for version, scenario in enumerate(("李四 13812345678", "李四 13812345678", ""), 1):
        change = setting(scenario=scenario, lead=f"乙{version}")
        kind.change(operator(database), number, version, change)
    with database.session() as session:
        told = [(entry.before, entry.after) for entry in session.scalars(select(AuditEntry))]
    assert "1391" not in str(told)
    assert "1381" not in str(told)
    (_none, made_told), changed, same, emptied = told
    assert made_told is not None
    assert (made_told["scenario"], made_told["lead"]) == ("……", "甲")
    assert changed == ({"scenario": "…", "lead": "甲"}, {"scenario": "……", "lead": "乙1"})
    assert same == ({"lead": "乙1"}, {"lead": "乙2"})
    assert emptied == ({"scenario": "…", "lead": "乙2"}, {"scenario": "", "lead": "乙3"})


def test_the_second_of_two_is_told_and_nothing_is_written(database: Database) -> None:
    duty = made(database)
    DUTY.change(operator(database), duty.id, 1, lead("水务局"))
    with pytest.raises(Conflict, match="changed by someone else"):
        DUTY.change(operator(database), duty.id, 1, lead("别的"))
    with database.session() as session:
        assert session.get_one(Duty, duty.id).lead == "水务局"


def test_what_is_not_there_is_said(database: Database) -> None:
    with pytest.raises(Missing, match="no duty 9"):
        DUTY.change(operator(database), 9, 1, lead("水务局"))


def test_a_step_that_may_not_follow_names_those_that_may() -> None:
    steps = Steps({"open": ("closed",), "closed": ()}, {"open": "未销", "closed": "已销"})
    steps.require("open", "closed")
    with pytest.raises(Conflict) as refused:
        steps.require("closed", "open")
    assert refused.value.chinese == "现为“已销”，不能改为“未销”，已是最后一步"
