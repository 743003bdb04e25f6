"""HTTP of the warnings 预警: who is to be warned, the inbox, and one warning."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.access import Access
from app.accounts.areas import EVERYWHERE
from app.accounts.audit import history_of
from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.services import services
from app.townships.sending import sent, step_forms
from app.townships.supervising import talks, warnings
from app.townships.supervising.forms import WarningQuery, WordsForm
from app.townships.supervising.owing import debts_of_warning, overdue_warnings
from app.townships.supervising.telling import (
    chosen_month,
    cycle_named,
    cycle_of,
    effect_for,
    rules_for,
    shown_count,
    whole_months,
)
from app.translation import _
from app.web import notice

blueprint = Blueprint("warnings", __name__, url_prefix="/supervision")


@blueprint.get("")
@allow(Permission.READ)
def list_view() -> str:
    """List the warnings, and who is to be warned of a cycle (``?state=&cycle=``).

    Template ``supervision/warnings.html``: ``warnings`` (of `models.EarlyWarning`), ``counts``
    {state: n, overdue: n}, ``overdue`` (`owing.Overdue`), ``debts_of`` (of a warning), ``asked``
    (`forms.WarningQuery`), ``months`` (whole cycles, the newest first), ``due`` (`warnings.Due`,
    None without a cycle or for who may not raise), ``results`` and ``attribution`` (of the
    cycle's rules), ``effect`` (`governance_rules.InEffect` of the cycle, or None), ``cycle_named``
    (id → its cycle or None), ``shown_count``, ``today``.
    """
    found, asked, today = services(), WarningQuery.read(request.args), date.today()
    cycle = chosen_month(asked.cycle)
    rules = None if cycle is None else rules_for(cycle)
    raises = access().reach(Permission.SUPERVISE) == EVERYWHERE
    due = None
    if raises and cycle is not None and rules is not None:
        due = warnings.due_warnings(found.home, found.database, cycle, rules)
    return render_template(
        "supervision/warnings.html",
        warnings=warnings.list_warnings(access(), today, asked.state),
        counts=warnings.count_warnings(access(), today),
        overdue=overdue_warnings(access(), today),
        debts_of=debts_of_warning,
        asked=asked,
        months=whole_months(),
        due=due,
        results=rules and rules.results,
        attribution=rules and rules.attribution,
        effect=None if cycle is None else effect_for(cycle),
        cycle_named=cycle_named,
        shown_count=shown_count,
        today=today,
    )


@blueprint.post("/warnings")
@allow(Permission.SUPERVISE)
def raise_new() -> ResponseReturnValue:
    """Warn the townships of a cycle (form field ``cycle``, its id)."""
    cycle = cycle_of(request.form.get("cycle", ""))
    home = services().home
    made = warnings.raise_warnings(access(), home, cycle, rules_for(cycle), date.today())
    notice(_("已生成 %(n)s 条预警。", n=len(made)))
    return redirect(url_for("warnings.list_view"))


@blueprint.get("/warnings/<int:warning_id>")
@allow(Permission.READ)
def show(warning_id: int) -> str:
    """Show one warning. Template: see `_page`."""
    return _page(warning_id)


@blueprint.post("/warnings/<int:warning_id>/answer")
@allow(Permission.ANSWER)
def answer(warning_id: int) -> ResponseReturnValue:
    """Answer a warning (its township's people)."""
    return _sent(warning_id, "answer", warnings.answer, _("已回应。"))


@blueprint.post("/warnings/<int:warning_id>/close")
@allow(Permission.SUPERVISE)
def close(warning_id: int) -> ResponseReturnValue:
    """Close a warning that was answered."""
    return _sent(warning_id, "closing", warnings.close, _("已办结。"))


def _sent(
    warning_id: int, name: str, act: Callable[[Access, int, int, str, date], object], told: str
) -> ResponseReturnValue:
    form = WordsForm()

    def done() -> ResponseReturnValue:
        notice(told)
        return redirect(url_for("warnings.show", warning_id=warning_id))

    return sent(
        form,
        lambda: act(access(), warning_id, form.version(), form.said(), date.today()),
        done,
        lambda error: _page(warning_id, error, name, form),
    )


def _page(warning_id: int, error: str = "", name: str = "", form: WordsForm | None = None) -> str:
    """Return the page of a warning.

    Template ``supervision/warning.html``: ``warning``, ``cycle`` (its cycle or None), ``talk``
    (`models.Talk` or None), ``history`` (of audit entries), ``answers`` and ``closes`` (whether the
    reader may), ``lists_cases``, ``forms`` {answer, closing: `forms.WordsForm`},
    ``error``, ``sent`` (a line on what
    is wrong with the form that was sent, and it), ``shown_count``, ``today``.
    """
    warning = warnings.get_warning(access(), warning_id)
    state = warning.state
    kinds = {"answer": WordsForm, "closing": WordsForm}
    return render_template(
        "supervision/warning.html",
        warning=warning,
        cycle=cycle_named(warning.cycle_id),
        talk=talks.get_talk(access(), warning.talk_id) if warning.talk_id else None,
        history=history_of(services().database, "warning", str(warning_id)),
        answers=state in warnings.UNANSWERED and warnings.may_answer(access(), warning.township),
        closes=state == warnings.ANSWERED and warnings.may_close(access()),
        lists_cases=access().reach(Permission.READ_CASES).has_township(warning.township),
        forms=step_forms(kinds, warning.row_version, name, form),
        error=error,
        sent=form,
        shown_count=shown_count,
        today=date.today(),
    )
