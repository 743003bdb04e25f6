"""Problems of earlier topics that are kept on watch: what became of their volume."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.db import Database
from app.topics import course
from app.topics.definitions import versions_of
from app.topics.models import Topic, TopicProblem
from app.topics.monitoring import Line, monitor, shown
from app.topics.targets import targets_of
from app.townships.assessment.timeline import Timeline
from geodata.home import Home


@dataclass(frozen=True)
class Watched:
    """A problem on watch.

    Attributes
    ----------
    topic : Topic
    problem : TopicProblem
    lines : tuple of Line
        Its whole half-months since the topic came on watch, as the reader may see them.
    last : Line or None
        The newest whole half-month, also of before the watch.
    """

    topic: Topic
    problem: TopicProblem
    lines: tuple[Line, ...]
    last: Line | None

    @property
    def per_day(self) -> float | None:
        """Cases a day in all half-months on watch; None where one is not told."""
        counts = [line.per_day for line in self.lines]
        days = sum(line.cycle.days for line in self.lines)
        if not days or None in counts:
            return None
        return sum((n or 0) * line.cycle.days
                   for n, line in zip(counts, self.lines, strict=True)) / days  # fmt: skip


def watched_problems(
    home: Home, database: Database, line: Timeline, year: int | None = None, *, exact: bool
) -> list[Watched]:
    """Return the problems of the topics on watch, those of the years before `year` if given."""
    query = (
        select(Topic, TopicProblem)
        .join(TopicProblem, TopicProblem.topic_id == Topic.id)
        .where(Topic.state == course.WATCHED)
        .order_by(Topic.year.desc(), Topic.month, TopicProblem.id)
    )
    if year is not None:
        query = query.where(Topic.year < year)
    with database.session() as session:
        pairs = [(topic, problem) for topic, problem in session.execute(query)]
    return [_watched(home, database, line, topic, problem, exact=exact)
            for topic, problem in pairs]  # fmt: skip


def _watched(
    home: Home,
    database: Database,
    line: Timeline,
    topic: Topic,
    problem: TopicProblem,
    *,
    exact: bool,
) -> Watched:
    versions = versions_of(database, problem.id)
    lines: Sequence[Line] = monitor(home, line, versions, targets_of(database, versions))
    told = [each for each in shown(lines, exact=exact) if each.count is not None]
    since = tuple(each for each in told if each.cycle.first_day >= topic.since)
    return Watched(topic, problem, since, told[-1] if told else None)
