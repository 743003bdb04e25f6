"""All that the room of a topic shows of it, as a reader may see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.cases.disclosure import SHARE_STEP, disclosed
from app.cases.reach import LAST_HOURS, data_reach
from app.cases.windows import Window
from app.services import Services
from app.topics.baselines import Baseline, baseline_of, shown_baseline
from app.topics.candidates import Candidate, candidates, find_candidate, span_of
from app.topics.checking import Precision, checks_of
from app.topics.counting import count_townships
from app.topics.definitions import in_force, versions_of
from app.topics.documents import Scenario, documents_of, scenarios_of
from app.topics.figures import Callback, assessments, callbacks
from app.topics.marks import marks_of
from app.topics.matching import rule_of
from app.topics.models import (
    CaseDefinition,
    DefinitionCheck,
    Topic,
    TopicAssessment,
    TopicDocument,
    TopicProblem,
    TopicTownship,
)
from app.topics.monitoring import Line, monitor, shown
from app.topics.problems import problems_of
from app.topics.targets import Targets, targets_of
from app.townships.assessment.timeline import Timeline, timeline
from app.translation import _

YEAR_DAYS = 365


@dataclass(frozen=True)
class ProblemFile:
    """A problem with what hangs on it.

    Attributes
    ----------
    problem : TopicProblem
    versions : tuple of CaseDefinition
    current : CaseDefinition or None
        The version that counts the newest day of the data; the first one while none has begun.
    lines : tuple of Line
        Half-months, the newest last.
    baseline : Baseline or None
        Of the current version.
    targets : mapping
    checks : tuple of (DefinitionCheck, Precision)
        Samples of all versions, the newest first.
    callbacks : tuple of Callback
        The newest first.
    """

    problem: TopicProblem
    versions: tuple[CaseDefinition, ...]
    current: CaseDefinition | None
    lines: tuple[Line, ...]
    baseline: Baseline | None
    targets: Targets
    checks: tuple[tuple[DefinitionCheck, Precision], ...]
    callbacks: tuple[Callback, ...]

    @property
    def newest(self) -> Line | None:
        """The newest half-month that the data have whole."""
        return next((line for line in reversed(self.lines) if line.count is not None), None)

    def precision_of(self, definition: CaseDefinition) -> Precision | None:
        """Return what was judged of the newest sample of a version; None where none was drawn."""
        mine = (p for check, p in self.checks if check.definition_id == definition.id)
        return next(mine, None)


@dataclass(frozen=True)
class Marked:
    """A marked township and its cases of all problems in the newest year of the data."""

    mark: TopicTownship
    cases: int | None


@dataclass(frozen=True)
class Room:
    """What hangs on a topic."""

    problems: tuple[ProblemFile, ...]
    marked: tuple[Marked, ...]
    documents: tuple[TopicDocument, ...]
    scenarios: tuple[Scenario, ...]
    assessments: tuple[TopicAssessment, ...]


def room_of(access: Access, found: Services, topic: Topic) -> Room:
    """Return all that hangs on a topic."""
    line = timeline(found.database, found.settings)
    files = tuple(file_of(access, found, line, each)
                  for each in problems_of(found.database, topic.id))  # fmt: skip
    return Room(
        files,
        tuple(_marked(access, found, topic, files)),
        tuple(documents_of(found.database, topic.id)),
        tuple(scenarios_of(found.database, topic.id)),
        tuple(assessments(found.database, topic.id)),
    )


def file_of(access: Access, found: Services, line: Timeline, problem: TopicProblem) -> ProblemFile:
    """Return what hangs on a problem, as a reader may see it."""
    exact = access.may(Permission.EXACT_COUNTS)
    versions = versions_of(found.database, problem.id)
    targets = targets_of(found.database, versions)
    reach = data_reach(found.home)
    current = in_force(versions, reach.newest.date()) if reach else None
    current = current or next(iter(versions), None)
    baseline = baseline_of(found.home, line, current) if current else None
    return ProblemFile(
        problem,
        tuple(versions),
        current,
        shown(monitor(found.home, line, versions, targets), exact=exact),
        shown_baseline(baseline, exact=exact) if baseline else None,
        targets,
        tuple(checks_of(found.database, [each.id for each in versions])),
        tuple(callbacks(found.database, [problem.id], exact=exact)),
    )


def grounds_of(found: Services, path: str, months: int, level: int) -> tuple[str, str]:
    """Return title and grounds of a topic that comes of a candidate; empty where none is so.

    Everybody reads grounds: they say no more than who may not see exact counts may know.
    """
    span = span_of(found.home, months)
    every = candidates(found.home, found.database, span, level) if span else []
    candidate = find_candidate(every, path)
    if span is None or candidate is None:
        return "", ""
    last = span.end - timedelta(days=1)
    return candidate.name, _grounds(candidate, f"{span.start}", f"{last}")


def _grounds(candidate: Candidate, first: str, last: str) -> str:
    values = candidate.values
    said = [
        _("%(first)s 至 %(last)s，“%(path)s”诉求约 %(n)s 件，候选第 %(rank)s 位。", first=first,
          last=last, path=candidate.path, n=disclosed(int(values["frequency"] or 0)),
          rank=candidate.rank)
    ]  # fmt: skip
    if values["townships"] is not None:
        said.append(_("相当于平均分布在 %(n)s 个街乡镇。", n=f"{values['townships']:.0f}"))
    if values["unresolved"] is not None:
        said.append(_("回访未解决约 %(n)s%%。", n=f"{_tens(values['unresolved'])}"))
    if values["growth"] is not None:
        said.append(_("比对照期增减约 %(n)s%%。", n=f"{_tens(values['growth']):+}"))
    return "\n".join(said)


def _tens(share: float) -> int:
    """Return a share as per cent, to the nearest ten."""
    return 10 * round(share / SHARE_STEP)


def _marked(
    access: Access, found: Services, topic: Topic, files: Sequence[ProblemFile]
) -> list[Marked]:
    marks, reach = marks_of(found.database, topic.id), data_reach(found.home)
    if not marks or reach is None:
        return [Marked(mark, None) for mark in marks]
    end = datetime.combine((reach.newest + LAST_HOURS).date(), time())
    window = Window(end - timedelta(days=YEAR_DAYS), end)
    rules = [rule_of(file.current) for file in files if file.current]
    counted = count_townships(found.home, rules, window)
    exact = access.may(Permission.EXACT_COUNTS)
    cases = (counted.get(mark.township, 0) for mark in marks)
    return [Marked(mark, n if exact else disclosed(n))
            for mark, n in zip(marks, cases, strict=True)]  # fmt: skip
