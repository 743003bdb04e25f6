"""HTTP of the talks 约谈: what the rules propose, the register, one talk, and a list to print."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.access import Access
from app.accounts.audit import history_of
from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.accounts.units import list_units
from app.services import services
from app.townships.assessment.cycles import Cycle
from app.townships.sending import sent, status_of, step_form, step_forms, wrong_in
from app.townships.supervising import talks
from app.townships.supervising.forms import (
    ArrangementForm,
    HoldingForm,
    RecordForm,
    TalkForm,
    TalkQuery,
    WordsForm,
)
from app.townships.supervising.models import Talk
from app.townships.supervising.owing import debts_of_talk, overdue_talks
from app.townships.supervising.talk_paper import paper_of
from app.townships.supervising.talk_rules import propose_talks
from app.townships.supervising.telling import (
    chosen_month,
    cycle_named,
    cycle_of,
    effect_for,
    rules_for,
    whole_months,
)
from app.townships.supervising.wording import talk_kinds, talk_reason, talk_states
from app.translation import _
from app.web import notice
from app.word_files import send_word
from geodata.errors import UserError

blueprint = Blueprint("talks", __name__, url_prefix="/supervision/talks")


@blueprint.get("")
@allow(Permission.READ)
def list_view() -> str:
    """List the talks (``?state=&kind=&cycle=``).

    Template ``supervision/talks.html``: ``talks`` (of `models.Talk`), ``counts`` {state: n,
    overdue: n}, ``overdue`` (`owing.Overdue`), ``debts_of`` and ``days_late`` (of a talk),
    ``asked`` (`forms.TalkQuery`), ``months`` (whole cycles), ``month`` (the one that the rules
    would be asked for, or None), ``results`` (of its rules), ``effect``
    (`governance_rules.InEffect` of it), ``kinds, states`` {key: name}, ``cycle_named``,
    ``reason_of``, ``today``, ``proposes`` (whether the reader may ask the rules: they are asked
    for the whole city).
    """
    asked, today = TalkQuery.read(request.args), date.today()
    month = chosen_month(asked.cycle)
    return render_template(
        "supervision/talks.html",
        talks=talks.list_talks(access(), today, asked.state, asked.kind, asked.cycle),
        counts=talks.count_talks(access(), today),
        overdue=overdue_talks(access(), today),
        debts_of=debts_of_talk,
        days_late=talks.days_late,
        asked=asked,
        months=whole_months(),
        month=month,
        results=month and rules_for(month).results,
        effect=month and effect_for(month),
        kinds=talk_kinds(),
        states=talk_states(),
        cycle_named=cycle_named,
        reason_of=_reason_of,
        today=today,
        proposes=access().reach(Permission.SUPERVISE).whole,
    )


@blueprint.post("/propose")
@allow(Permission.SUPERVISE)
def propose() -> ResponseReturnValue:
    """Ask the rules who is to be talked with after a cycle (form field ``cycle``, its id)."""
    cycle = cycle_of(request.form.get("cycle", ""))
    made = propose_talks(access(), services().home, cycle, rules_for(cycle), date.today())
    notice(_("按规则新提出 %(n)s 项约谈，请逐项确认。", n=len(made)))
    return redirect(url_for("talks.list_view", cycle=cycle.id))


@blueprint.get("/print")
@allow(Permission.READ)
def print_view() -> str:
    """Show talks to be printed on A4 (``?state=&kind=&cycle=``, else those of the newest month).

    Those dropped are left out unless they are asked for. Template
    ``supervision/talks_print.html``: ``talks``, ``cycle`` (None where they may be of several),
    ``narrowed`` (what else they were narrowed to, in words), ``link`` (query of the same list),
    ``kinds, cycle_named, reason_of``.
    """
    asked, cycle, found = _to_print()
    return render_template(
        "supervision/talks_print.html",
        talks=found,
        cycle=cycle,
        narrowed=_narrowed(asked),
        link=asked.model_dump(exclude_none=True),
        kinds=talk_kinds(),
        cycle_named=cycle_named,
        reason_of=_reason_of,
    )


@blueprint.get("/list.docx")
@allow(Permission.READ)
def word() -> Response:
    """Give the same as a Word file."""
    asked, cycle, found = _to_print()
    told = asked.model_dump(exclude_none=True)
    access().record("talks.export", ("talks", cycle.id if cycle else ""), None, told)
    name = _("约谈清单") + (f"-{cycle.id}" if cycle else "")
    return send_word(paper_of(found, cycle, _narrowed(asked), _reason_of), name)


@blueprint.route("/new", methods=["GET", "POST"])
@allow(Permission.SUPERVISE)
def new() -> ResponseReturnValue:
    """Arrange a talk by hand.

    Template ``supervision/talk_form.html``: ``form`` (`forms.TalkForm`), ``error`` (a line, or
    empty).
    """
    form = TalkForm()
    form.offer(talk_kinds(), _subjects())
    error = None
    if form.validate_on_submit():
        try:
            talk = talks.arrange(access(), services().home, form.new())
        except UserError as found_wrong:
            error = found_wrong
        else:
            notice(_("已安排约谈。"))
            return redirect(url_for("talks.show", talk_id=talk.id))
    page = render_template("supervision/talk_form.html", form=form, error=wrong_in(form, error))
    return page, status_of(form, error)


@blueprint.get("/<int:talk_id>")
@allow(Permission.READ)
def show(talk_id: int) -> str:
    """Show one talk. Template: see `_page`."""
    return _page(talk_id)


@blueprint.post("/<int:talk_id>/confirm")
@allow(Permission.SUPERVISE)
def confirm(talk_id: int) -> ResponseReturnValue:
    """Confirm that a talk is to be held."""
    return _arranged(talk_id, ArrangementForm(), talks.confirm)


@blueprint.post("/<int:talk_id>/hold")
@allow(Permission.SUPERVISE)
def hold(talk_id: int) -> ResponseReturnValue:
    """Say that a talk was held."""
    return _arranged(talk_id, HoldingForm(), talks.hold)


@blueprint.post("/<int:talk_id>/recheck")
@allow(Permission.SUPERVISE)
def recheck(talk_id: int) -> ResponseReturnValue:
    """Say what a look afterwards found."""
    form = WordsForm()

    def act() -> None:
        on = form.on.data or date.today()
        talks.recheck(access(), talk_id, form.version(), form.said(), on)

    return _sent(talk_id, "recheck", form, act)


@blueprint.post("/<int:talk_id>/drop")
@allow(Permission.SUPERVISE)
def drop(talk_id: int) -> ResponseReturnValue:
    """Say why a talk is not held."""
    form = WordsForm()

    def act() -> None:
        talks.drop(access(), talk_id, form.version(), form.said())

    return _sent(talk_id, "drop", form, act)


def _arranged(
    talk_id: int, form: ArrangementForm, act: Callable[[Access, int, int, Any], Talk]
) -> ResponseReturnValue:
    """Do what a form says of a talk."""
    return _sent(
        talk_id,
        "arrangement",
        form,
        lambda: act(access(), talk_id, form.version(), form.values()),
    )


def _sent(
    talk_id: int, name: str, form: RecordForm, act: Callable[[], object]
) -> ResponseReturnValue:
    return sent(form, act, lambda: _done(talk_id), lambda error: _page(talk_id, error, name, form))


def _page(talk_id: int, error: str = "", name: str = "", form: RecordForm | None = None) -> str:
    """Return the page of a talk.

    Template ``supervision/talk.html``: ``talk``, ``cycle`` (or None), ``kinds``, ``history`` (of
    audit entries), ``next`` (states that may follow, for who may), ``forms`` {arrangement (of the
    next step), recheck, drop}, ``error``, ``sent`` (a line on what
    is wrong with the form that was sent, and it), ``reason_of``,
    ``today``.
    """
    talk = talks.get_talk(access(), talk_id)
    following = talks.next_states(access(), talk)
    made = HoldingForm if talks.HELD in following else ArrangementForm
    forms = step_forms({"recheck": WordsForm, "drop": WordsForm}, talk.row_version, name, form)
    # The talk may have gone a step further since the form that was sent.
    kept = form if isinstance(form, made) else made(formdata=None, obj=talk)
    arrangement = step_form(kept, made, "arrangement", talk.row_version)
    return render_template(
        "supervision/talk.html",
        talk=talk,
        cycle=cycle_named(talk.cycle_id),
        kinds=talk_kinds(),
        history=history_of(services().database, "talk", str(talk.id)),
        next=following,
        forms={**forms, "arrangement": arrangement},
        error=error,
        sent=form,
        reason_of=_reason_of,
        today=date.today(),
    )


def _to_print() -> tuple[TalkQuery, Cycle | None, list[Talk]]:
    """Return what is asked, its cycle (None: of all), and the talks."""
    asked = TalkQuery.read(request.args)
    if not asked.model_dump(exclude_none=True):
        month = chosen_month(None)
        asked = TalkQuery(cycle=month.id if month else None)
    cycle = cycle_of(asked.cycle) if asked.cycle else None
    found = talks.list_talks(access(), date.today(), asked.state, asked.kind, asked.cycle)
    dropped = asked.state == talks.DROPPED
    return asked, cycle, [talk for talk in found if dropped or talk.state != talks.DROPPED]


def _narrowed(asked: TalkQuery) -> str:
    told = (asked.kind and talk_kinds()[asked.kind], asked.state and talk_states()[asked.state])
    return " · ".join(filter(None, told))


def _reason_of(talk: Talk) -> str:
    return talk_reason(talk, exact=access().may(Permission.EXACT_COUNTS))


def _done(talk_id: int) -> ResponseReturnValue:
    notice(_("已保存。"))
    return redirect(url_for("talks.show", talk_id=talk_id))


def _subjects() -> dict[str, str]:
    """Return all that may be talked with: ``kind:code`` → name."""
    found = services()
    named = {
        f"{kind}:{code}": name
        for kind in ("district", "township")
        for code, name in sorted(talks.subjects(found.home, kind).items(), key=lambda each: each[1])
    }
    units = [line.unit for line in list_units(found.database)]
    return named | {
        f"unit:{unit.id}": unit.name for unit in units if unit.kind in ("department", "enterprise")
    }
