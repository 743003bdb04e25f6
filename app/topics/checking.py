"""How precise a definition is: cases drawn by chance, judged by people, with Wilson's interval.

The cases drawn are those whose hash with the seed is least: whoever draws again with the same seed
from the same cases draws the same, in whatever order the store gives them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from app.accounts.access import Access
from app.accounts.areas import AREA_COLUMNS
from app.accounts.permissions import Permission
from app.cases.reach import data_reach
from app.cases.selection import case_frame
from app.db import Database, row_of
from app.errors import InvalidParameter, Missing, changed_meanwhile
from app.topics.definitions import get_definition
from app.topics.matching import MATCH_COLUMNS, CaseRule, rule_of
from app.topics.models import CheckedCase, DefinitionCheck
from geodata.home import Home
from geodata.privacy import mask_address
from geodata.store import CaseStore
from spatial.proportions import wilson_interval

YES, NO = "yes", "no"
LEAST, MOST, USUAL = 10, 200, 50
"""Cases of a sample: of 50, all right, the interval begins at 93 %."""

LARGEST_SEED = 2**31 - 1

_SHOWN_COLUMNS = ("case_id", "received_local", "class_1", "class_2", "class_3", "title", "content")


@dataclass(frozen=True)
class Precision:
    """What was judged of a sample.

    Attributes
    ----------
    yes, no, waiting : int
    """

    yes: int
    no: int
    waiting: int

    @property
    def share(self) -> float | None:
        """Share of the judged cases that are of the problem; None while none is judged."""
        judged = self.yes + self.no
        return self.yes / judged if judged else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's 95 % interval of the share."""
        if self.share is None:
            return None
        low, high = wilson_interval([self.yes], [self.yes + self.no])
        return float(low[0]), float(high[0])


@dataclass(frozen=True)
class Sampled:
    """One case of a sample as a person judges it, its texts masked.

    ``text`` is None where the case is not in the store any more.
    """

    checked: CheckedCase
    text: Mapping[str, str] | None


def draw(access: Access, home: Home, definition_id: int, size: int, seed: int) -> DefinitionCheck:
    """Draw a sample from all cases that a version counts since its baseline began.

    Raises
    ------
    Missing
        There is no such version.
    InvalidParameter
        The size or the seed is out of its range, or the version counts no case.
    """
    access.area(Permission.READ_CASES)
    if not LEAST <= size <= MOST:
        raise InvalidParameter(
            f"size: {size} is not from {LEAST} to {MOST}",
            f"抽查件数应为 {LEAST} 至 {MOST}",
            field="size",
        )
    if not 0 <= seed <= LARGEST_SEED:
        raise InvalidParameter(
            f"seed: {seed} is not from 0 to {LARGEST_SEED}",
            f"随机种子应为 0 至 {LARGEST_SEED} 的整数",
            field="seed",
        )
    definition = get_definition(access.database, definition_id)
    reach, version = data_reach(home), CaseStore(home).version
    first = definition.baseline_first
    last = reach.newest.date() if reach else first
    found = None if version is None else sample(home, version, rule_of(definition), first, last)
    if version is None or found is None or not found.height:
        raise InvalidParameter(
            f"definition {definition_id}: it counts no case since {first}",
            f"自 {first} 起没有符合这一口径的诉求，无从抽查",
        )
    drawn = pick(found, size, seed)
    check = DefinitionCheck(
        definition_id=definition_id, seed=seed, size=drawn.height, population=found.height,
        first_day=first, last_day=last, case_store_version=version,
        made_at=datetime.now(UTC), made_by=access.who,
    )  # fmt: skip
    with access.database.session() as session:
        session.add(check)
        session.flush()
        session.add_all(
            CheckedCase(check_id=check.id, position=at, case_id=case_id, month=month)
            for at, (case_id, month) in enumerate(drawn.iter_rows(), 1)
        )
        told = {"definition": definition_id, "seed": seed, "size": drawn.height,
                "population": found.height}  # fmt: skip
        access.record("definition_check.create", ("definition_check", check.id), None, told,
                      session=session)  # fmt: skip
    return check


def sample(home: Home, version: int, rule: CaseRule, first: date, last: date) -> pl.DataFrame:
    """Return ``case_id, month`` of the cases that a rule counts on some days."""
    frame = case_frame(
        home, start=first, end=last + timedelta(days=1), version=version,
        columns=["case_id", "month", *MATCH_COLUMNS],
    )  # fmt: skip
    return frame.filter(rule.matches()).select("case_id", "month").collect(engine="streaming")


def pick(cases: pl.DataFrame, size: int, seed: int) -> pl.DataFrame:
    """Return the cases that a seed draws, in the order of drawing."""
    drawn = sorted(range(cases.height), key=lambda at: _lot(seed, cases["case_id"][at]))
    return cases[drawn[:size]]


def checks_of(
    database: Database, definition_ids: Sequence[int]
) -> list[tuple[DefinitionCheck, Precision]]:
    """Return the samples of some versions with what was judged, the newest first."""
    query = select(DefinitionCheck).where(DefinitionCheck.definition_id.in_(definition_ids))
    with database.session() as session:
        checks = list(session.scalars(query.order_by(DefinitionCheck.id.desc())))
        ids = [check.id for check in checks]
        judged: dict[int, list[str]] = {number: [] for number in ids}
        answers = select(CheckedCase.check_id, CheckedCase.answer)
        for number, answer in session.execute(answers.where(CheckedCase.check_id.in_(ids))):
            judged[number].append(answer)
    return [(check, _precision(judged[check.id])) for check in checks]


def find_check(database: Database, number: int) -> DefinitionCheck:
    """Return one sample.

    Raises
    ------
    Missing
        There is none.
    """
    with database.session() as session:
        found = row_of(session, DefinitionCheck, number)
    if found is None:
        raise Missing(f"no check {number}", f"没有编号为 {number} 的抽查")
    return found


def cases_to_judge(access: Access, home: Home, check_id: int) -> tuple[list[Sampled], int]:
    """Return the cases of a sample that a person may read, and how many others there are."""
    with access.database.session() as session:
        query = select(CheckedCase).where(CheckedCase.check_id == check_id)
        checked = list(session.scalars(query.order_by(CheckedCase.position)))
    everywhere, mine = _texts(access, home, checked)
    kept = [each for each in checked if each.case_id in mine or each.case_id not in everywhere]
    if not access.area(Permission.READ_CASES).whole:
        kept = [each for each in checked if each.case_id in mine]
    told = [Sampled(each, mine.get(each.case_id)) for each in kept]
    return told, len(checked) - len(told)


def judge(access: Access, home: Home, check_id: int, answers: Mapping[int, tuple[str, int]]) -> int:
    """Write what a person judged; returns how many answers are new or changed.

    Parameters
    ----------
    access : Access
    home : Home
    check_id : int
    answers : mapping of int to (str, int)
        Position of a case → its answer, and the version of it that the person saw.

    Raises
    ------
    InvalidParameter
        An answer is neither yes nor no, or of a case that the person may not read.
    Conflict
        Someone else judged one of them meanwhile; nothing is written then.
    """
    find_check(access.database, check_id)
    told_cases, _others = cases_to_judge(access, home, check_id)
    may_judge = {each.checked.position for each in told_cases if each.text is not None}
    for position, (answer, _version) in answers.items():
        if answer not in (YES, NO) or position not in may_judge:
            raise InvalidParameter(
                f"answer-{position}: {answer[:20]!r} is not yes or no, or the case is none that "
                "you may read",
                f"第 {position} 件的判断无效，或这件诉求不在您的辖区内",
            )
    meanwhile = changed_meanwhile(f"check {check_id}", f"抽查 {check_id} ")
    told: dict[str, str] = {}
    try:
        with access.database.session() as session:
            query = select(CheckedCase).where(CheckedCase.check_id == check_id)
            for row in session.scalars(query):
                answer, version = answers.get(row.position, (row.answer, 0))
                if answer == row.answer:
                    continue
                if row.row_version != version:
                    raise meanwhile
                row.answer, row.judged_by = answer, access.who
                told[str(row.position)] = answer
            if told:
                access.record("definition_check.judge", ("definition_check", check_id), None,
                              told, session=session)  # fmt: skip
    except StaleDataError:
        raise meanwhile from None
    return len(told)


def _texts(
    access: Access, home: Home, checked: Sequence[CheckedCase]
) -> tuple[set[str], dict[str, dict[str, str]]]:
    """Return the ids that the store has of some, and the texts of those in the person's area."""
    if CaseStore(home).version is None:
        return set(), {}
    ids, months = [each.case_id for each in checked], {each.month for each in checked}
    frame = case_frame(home, columns=[*dict.fromkeys((*_SHOWN_COLUMNS, "month", *AREA_COLUMNS))])
    # A later delivery may have moved a case into another month: those are looked for in all.
    here = frame.filter(pl.col("month").is_in(sorted(months)), pl.col("case_id").is_in(ids))
    rows = here.collect()
    if rows.height < len(ids):
        rows = frame.filter(pl.col("case_id").is_in(ids)).collect()
    area = access.area(Permission.READ_CASES)
    mine = area.keep_cases(rows.lazy()).collect()
    return set(rows["case_id"]), {row["case_id"]: _text(row) for row in mine.to_dicts()}


def _text(row: Mapping[str, Any]) -> dict[str, str]:
    classes = [row[name] for name in ("class_1", "class_2", "class_3") if row[name]]
    return {
        "received": f"{row['received_local']:%Y-%m-%d}",
        "class": " / ".join(classes),
        "title": mask_address(row["title"] or ""),
        "content": mask_address(row["content"] or ""),
    }


def _precision(answers: Sequence[str]) -> Precision:
    return Precision(answers.count(YES), answers.count(NO), answers.count(""))


def _lot(seed: int, case_id: str) -> bytes:
    return hashlib.sha256(f"{seed}:{case_id}".encode()).digest()
