"""What waits for a person, by her roles and duties."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache

from sqlalchemy import func, select

from app.accounts.access import Access
from app.accounts.accounts import count_never_signed_in
from app.accounts.areas import Area
from app.accounts.models import AuditEntry
from app.accounts.permissions import HOTLINE_CENTRE, Permission
from app.accounts.signing_in import FAILED as SIGN_IN_FAILED
from app.cases.batches import list_batches
from app.cases.handlers import count_unmapped
from app.cases.listing import count_all
from app.jobs import ENDED, FAILED, Job
from app.places.review import review_queue
from app.places.waiting_texts import review_ready
from app.projects.following.alerts import count_open as count_points_back
from app.projects.listing import Lateness, count_due
from app.projects.proactive.finding import count_waiting
from app.townships.adopting.listing import count_owed as count_adoptions_owed
from app.townships.adopting.listing import count_unanswered
from app.townships.supervising.answering import count_owed, count_to_rate
from app.townships.supervising.following import count_open_alerts
from app.townships.supervising.waiting import to_answer, to_supervise
from geodata.home import Home

LEADERS = frozenset(
    {"vice_mayor", "inspection", "discipline", "reform_office", "organisation",
     "development_reform", "government_services"}
)  # fmt: skip
"""Duties of those who see that others do what they planned."""

FAILED_SHOWN = timedelta(days=2)
"""For so long a job that failed is told of."""


@dataclass(frozen=True)
class Task:
    """One thing that waits.

    Attributes
    ----------
    key : str
        Names it; the page has its words and its link.
    count : int
        How many; 0 says that nothing waits.
    of : int or None
        Out of how many, where that tells more.
    target : str
        Id of what it is about, where its link needs one.
    note : str
        What else there is to say of it, as it stands in the data.
    """

    key: str
    count: int
    of: int | None = None
    target: str = ""
    note: str = ""


@dataclass(frozen=True)
class Duty:
    """What waits for one of her duties.

    ``planner, centre, leader, answering`` (what her units were asked) or ``administrator``.
    """

    key: str
    tasks: tuple[Task, ...]


def waiting_for(home: Home, access: Access, now: datetime) -> tuple[Duty, ...]:
    """Return what waits for a person, for each of her duties that anything can wait for.

    Parameters
    ----------
    home : Home
    access : Access
    now : datetime
        Moment of the look, on this machine's clock; yesterday's sign-ins are of the day before it.
    """
    due = cache(lambda: count_due(access))
    asked = _answering(access, now.date())
    made: list[tuple[str, bool, Callable[[], list[Task]]]] = [
        ("planner", access.may(Permission.WORK_PROJECTS),
         lambda: _planner(home, access, due(), now)),
        ("centre", HOTLINE_CENTRE in access.offices or access.may(Permission.IMPORT),
         lambda: _centre(home)),
        ("leader", bool(LEADERS & access.offices), lambda: _leader(access, due(), now.date())),
        ("answering", bool(asked), lambda: asked),
        ("administrator", access.may(Permission.KEEP_ACCOUNTS),
         lambda: _administrator(home, access, now.date())),
    ]  # fmt: skip
    return tuple(Duty(key, tuple(tasks())) for key, hers, tasks in made if hers)


def _planner(home: Home, access: Access, due: dict[Lateness, int], now: datetime) -> list[Task]:
    return [
        *_review(home, access.reach(Permission.KEEP_PLACES)),
        Task("projects_overdue", due["overdue"]),
        Task("projects_soon", due["soon"]),
        *_points_back(access),
        *_proactive(home, access),
        *_whistles(access),
        *_adoptions(access, now.date()),
        *([] if LEADERS & access.offices else _supervision(access, now.date())),
        *([] if LEADERS & access.offices else _alerts(access)),
        *_jobs(access, now),
    ]


def _points_back(access: Access) -> list[Task]:
    """Return what came back at verified points and waits for an answer, where there is any."""
    count = count_points_back(access)
    return [Task("points_back", count)] if count else []


def _proactive(home: Home, access: Access) -> list[Task]:
    """Tell of applications for proactive projects that wait, where there are any."""
    waiting = count_waiting(access, home)
    return [Task("proactive_waiting", waiting)] if waiting else []


def _review(home: Home, area: Area) -> list[Task]:
    if area == Area():
        return []
    if not review_ready(home):
        return [Task("review_preparing", 0)]
    texts = review_queue(home, area).waiting
    return [Task("review", texts.height, int(texts["cases"].sum()) if texts.height else 0)]


def _whistles(access: Access) -> list[Task]:
    """Return her townships' whistles that all units have handled, where there are any."""
    count = count_to_rate(access)
    return [Task("whistles_to_rate", count)] if count else []


def _adoptions(access: Access, today: date) -> list[Task]:
    """Return the requests of her area that departments have not answered in time, if any."""
    count = count_unanswered(access, today)
    return [Task("adoptions_unanswered", count)] if count else []


def _answering(access: Access, today: date) -> list[Task]:
    """Return what her own units were asked; the whole city's offices are told only of what is."""
    if not access.may(Permission.ANSWER):
        return []
    owed, overdue = count_owed(access, today)
    tasks = [Task("whistles_owed", owed, overdue)]
    asked, late, soon = count_adoptions_owed(access, today)
    tasks += [Task("adoptions_owed", asked, late)] if asked else []
    tasks += [Task("adoptions_soon", soon)] if soon else []
    for key, (count, late) in to_answer(access, today).items():
        tasks += [Task(key, count, late)] if count else []
    return [task for task in tasks if task.count or not access.reach(Permission.ANSWER).whole]


def _jobs(access: Access, now: datetime) -> list[Task]:
    """Return her own jobs that run or wait, and those that failed of late."""
    mine = select(Job).where(Job.started_by == access.account_id).order_by(Job.created_at.desc())
    running = mine.where(Job.state.not_in(ENDED))
    failed = mine.where(Job.state == FAILED, Job.finished_at >= now.astimezone() - FAILED_SHOWN)
    with access.database.session() as session:
        return [
            Task(key, 1, target=job.id, note=job.kind)
            for key, query in (("job_running", running), ("job_failed", failed))
            for job in session.scalars(query)
        ]


def _centre(home: Home) -> list[Task]:
    counts = count_all(home)
    tasks = [Task("unlocated", counts["unlocated"], counts["cases"])] if counts["cases"] else []
    last = next((batch for batch in list_batches(home) if batch["kind"] == "import"), None)
    if last is not None:
        tasks.append(Task("last_import", last["rejected"], last["read"], last["batch"],
                          str(last["imported_at"])[:10]))  # fmt: skip
    return tasks


def _leader(access: Access, due: dict[Lateness, int], today: date) -> list[Task]:
    return [
        Task("projects_overdue", due["overdue"]),
        Task("projects_not_begun", due["not_begun"]),
        *_supervision(access, today),
        *_alerts(access),
    ]


def _supervision(access: Access, today: date) -> list[Task]:
    """Return what of warnings, talks and orders waits for who supervises, where anything does."""
    found = to_supervise(access, today)
    return [Task(key, count, overdue) for key, (count, overdue) in found.items() if count]


def _alerts(access: Access) -> list[Task]:
    """Return the rebounds of townships that have left which wait for her word."""
    alerts = count_open_alerts(access)
    return [Task("alerts_open", alerts)] if alerts else []


def _administrator(home: Home, access: Access, today: date) -> list[Task]:
    never, active = count_never_signed_in(access)
    tasks = [
        Task("unmapped_handlers", *count_unmapped(access.database, home)),
        Task("never_signed_in", never, active),
    ]
    if access.may(Permission.READ_AUDIT):
        day = today - timedelta(days=1)
        tasks.append(Task("failed_sign_ins", _failed_on(access, day), target=str(day)))
    return tasks


def _failed_on(access: Access, day: date) -> int:
    begin = datetime.combine(day, time()).astimezone()
    failures = select(func.count()).where(
        AuditEntry.subject_kind == "account",
        AuditEntry.action == SIGN_IN_FAILED,
        AuditEntry.at >= begin,
        AuditEntry.at < begin + timedelta(days=1),
    )
    with access.database.session() as session:
        return int(session.scalar(failures) or 0)
