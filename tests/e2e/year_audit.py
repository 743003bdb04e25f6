"""What the audit must tell of the year: who did what to which record, and what became of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from tests.e2e.year_city import (
    QUIETENED,
    SURGE_MONTH,
    SURGING,
    WORKS,
    WORKS_CLASS,
    WORKS_FROM,
    WORST,
    YEAR,
)
from tests.e2e.year_pages import Entry, cycle
from tests.people import EVERYTHING

Told = dict[str, Any]

MONITOR = "suyuan"
"""Who acts by schedule."""

APART = ("unit", "account", "job", "audit")
"""Kinds of records that are not of the story: who is there, what runs, who reads."""


def told(entries: Sequence[Entry]) -> list[Entry]:
    """Return the acts of the story, in their order."""
    return [each for each in entries if each.subject.split(" ")[0] not in APART]


def holds(entry: Entry, expected: Entry) -> bool:
    """Tell whether an entry is the expected act; it may tell more of the record."""
    same = (entry.who, entry.action, entry.subject) == (
        expected.who, expected.action, expected.subject,
    )  # fmt: skip
    return (
        same
        and expected.before.items() <= entry.before.items()
        and all(entry.after.get(name) == value for name, value in expected.after.items())
    )


def story(
    people: tuple[str, str, str], leaders: Sequence[tuple[str, int]], digests: Sequence[str],
    document: str,
) -> Iterator[Entry]:  # fmt: skip
    """Give the acts of the year in their order.

    Parameters
    ----------
    people : (str, str, str)
        Of the township that was warned, of the governance township, and of the enterprise called.
    leaders : sequence of (str, int)
        Codes of those warned with their cases, the most first.
    digests : sequence of str
        Of the closed months, the first first.
    document : str
        Of the decision.
    """
    warned, governed, called = people

    def act(who: str, action: str, number: object, before: Told, after: Told) -> Entry:
        return Entry(who, action, f"{action.partition('.')[0]} {number}", before, after)

    def move(
        who: str, action: str, number: object, former: str, state: str, **more: object
    ) -> Entry:  # fmt: skip
        return act(who, action, number, {"state": former}, {"state": state, **more})

    for month in range(1, SURGE_MONTH + 1):
        yield act(EVERYTHING, "cycle.close", cycle(month), {}, {"digest": digests[month - 1]})
    for rank, (code, cases) in enumerate(leaders, start=1):
        warning = {"cycle_id": cycle(SURGE_MONTH), "township": code, "rank": rank, "cases": cases}
        yield act(EVERYTHING, "warning.create", rank, {}, {**warning, "state": "open"})
    own = 1 + [code for code, _cases in leaders].index(SURGING)
    # What a township writes may name people: only that she wrote is told.
    yield move(warned, "warning.answer", own, "open", "answered", answer="……")
    yield move(EVERYTHING, "warning.close", own, "answered", "closed", words="措施可行，月底复查。")
    digest = hashlib.sha256(document.encode()).hexdigest()
    yield act(EVERYTHING, "decision.create", 1, {}, {"digest": digest, "chosen": list(WORST)})
    for number, code in enumerate(WORST, start=1):
        designated = {"township": code, "state": "designated", "decision_id": 1}
        yield act(EVERYTHING, "designation.create", number, {}, designated)
    governs = 1 + WORST.index(QUIETENED)
    yield move(EVERYTHING, "designation.governed", governs, "designated", "governed")
    yield act(EVERYTHING, "plan.create", 1, {}, {"level": "district"})
    yield act(EVERYTHING, "plan.create", 2, {},
              {"level": "township", "area_code": QUIETENED, "parent_id": 1})  # fmt: skip
    yield act(EVERYTHING, "list_item.create", 1, {},
              {"plan_id": 2, "title": "更换老旧排水管", "target_from": 260.0, "target_to": 200.0,
               "due_on": f"{YEAR}-06-30", "state": "to_do"})  # fmt: skip
    yield move(called, "list_item.move", 1, "to_do", "under_way")
    yield act(governed, "whistle.create", 1, {}, {"township": QUIETENED, "title": "雨后积水"})
    yield act(called, "whistle_call.report", 1, {"reported_on": None}, {})
    yield act(called, "whistle_call.handle", 1, {"handled_on": None}, {"words": "……"})
    yield move(governed, "whistle.rate", 1, "open", "rated", rating="good")
    yield move(called, "list_item.move", 1, "under_way", "claimed_done", words="已完成。")
    yield move(EVERYTHING, "list_item.move", 1, "claimed_done", "verified", words="已完成。")
    yield move(EVERYTHING, "list_item.move", 1, "verified", "closed", words="已完成。")
    yield act(EVERYTHING, "cycle.recompute", cycle(1), {}, {"same": True, "digest": digests[0]})
    yield move(EVERYTHING, "designation.exit_proposed", governs, "governed", "exit_proposed")
    yield move(EVERYTHING, "designation.exited", governs, "exit_proposed", "exited")
    yield act(MONITOR, "alert.create", 1, {}, {"township": QUIETENED, "state": "open"})
    yield move(EVERYTHING, "alert.close", 1, "open", "closed")
    yield act(EVERYTHING, "exclusion.create", 1, {},
              {"township": WORKS, "classes": [WORKS_CLASS], "start": f"{WORKS_FROM:%Y-%m-%d}",
               "state": "proposed"})  # fmt: skip
    yield move(EVERYTHING, "exclusion.approve", 1, "proposed", "approved", decided_by=EVERYTHING)
