"""A list of talks as a paper."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.townships.assessment.cycles import Cycle
from app.townships.supervising.models import Talk
from app.townships.supervising.talks import PROPOSED
from app.townships.supervising.telling import cycle_named
from app.townships.supervising.wording import talk_kinds, talk_states
from app.translation import _
from app.word_files import Paper, Section, Table

ABSENT = "—"

SHARES = (0.8, 1.4, 2.4, 1.6, 1.4, 1.4, 2.1, 1.3)
"""Widths of the columns."""


def paper_of(
    talks: Sequence[Talk], cycle: Cycle | None, narrowed: str, reason_of: Callable[[Talk], str]
) -> Paper:
    """Return the paper of a list of talks, the columns of the page that is printed.

    Parameters
    ----------
    talks : sequence of Talk
    cycle : Cycle or None
        Of which all of them are; None where they are of several.
    narrowed : str
        What else the list was narrowed to, in words; empty where it was not.
    reason_of : callable
        Tells why a talk is, as the reader may know it.
    """
    kinds, states = talk_kinds(), talk_states()
    header = (_("序号"), _("约谈单位"), _("类别和事由"), _("约谈人和会同单位"), _("约谈对象"),
              _("约谈日期"), _("整改要求和时限"), _("复查结果"))  # fmt: skip
    rows = tuple(
        (
            str(number),
            talk.subject_name,
            _lines(
                kinds[talk.kind],
                states[talk.state] if talk.state == PROPOSED else "",
                "" if cycle else _days(cycle_named(talk.cycle_id), talk.cycle_id),
                reason_of(talk),
            ),
            _lines(talk.talkers, talk.joint_units),
            talk.attendees or ABSENT,
            str(talk.held_on or ABSENT),
            _lines(talk.demands, str(talk.deadline or "")),
            talk.recheck or ABSENT,
        )
        for number, talk in enumerate(talks, 1)
    )
    lead = (_days(cycle, "") if cycle else "", narrowed, _("共 %(n)s 项", n=len(rows)))
    table = Table(header, rows, SHARES, (0,)) if rows else None
    section = Section(_("约谈"), () if rows else (_("没有这样的约谈"),), table)
    sources = (_("得分为系统测算，不是通报成绩。"),)
    return Paper(_("约谈清单"), " · ".join(filter(None, lead)), (section,), sources)


def _lines(*texts: str) -> str:
    return "\n".join(text for text in texts if text) or ABSENT


def _days(cycle: Cycle | None, cycle_id: str) -> str:
    return f"{cycle.first_day} – {cycle.last_day}" if cycle else cycle_id
