"""HTTP of the rule sets: which is in effect, which were, and how they are made and changed."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.errors import InvalidParameter, message_of, outcome_of
from app.form_fields import version_of
from app.services import services
from app.townships.assessment import rule_sets
from app.townships.assessment.closing import closed_by_rule_set
from app.townships.assessment.cycles import Calendar
from app.townships.assessment.governance_rules import InEffect, effect_of
from app.townships.assessment.rule_forms import EndForm, RuleSetForm
from app.townships.assessment.rules import Rules
from app.townships.assessment.timeline import rules_of, timeline
from app.translation import _
from app.web import language, notice
from geodata.errors import UserError

blueprint = Blueprint("rule_sets", __name__, url_prefix="/assessment/rules")


@blueprint.get("")
@allow(Permission.READ)
def list_view() -> str:
    """List the rule sets and tell what is in effect today.

    Template ``assessment/rules.html``: ``sets`` (list of `models.RuleSet`, the latest first),
    ``rules`` {id: `rules.Rules`}, ``numbers`` {id: `governance_rules.InEffect`},
    ``default_numbers``, ``now`` (`timeline.Era` of today), ``default`` (`rules.Rules` of the
    system), ``closed`` {id: ids of closed cycles that stand on it}, ``end_form``
    (`rule_forms.EndForm`).
    """
    found = services()
    sets = rule_sets.list_rule_sets(found.database)
    over_time = timeline(found.database, found.settings)
    return render_template(
        "assessment/rules.html",
        sets=sets,
        rules={each.id: rules_of(each) for each in sets},
        numbers={each.id: effect_of(each) for each in sets},
        default_numbers=InEffect(),
        now=over_time.era_of(date.today()),
        default=_default(),
        closed=closed_by_rule_set(found.database, over_time),
        today=date.today(),
        end_form=EndForm(),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@allow(Permission.ASSESS)
def new() -> ResponseReturnValue:
    """Make a rule set; the form begins with the system's default.

    Template ``assessment/rule_form.html``: ``form`` (`rule_forms.RuleSetForm`), ``record`` (None
    here), ``refused`` (a line on why it was not saved, or None).
    """
    form = RuleSetForm.default(_default()) if request.method == "GET" else RuleSetForm()
    refused, status = None, 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            made = rule_sets.create(access(), form.values(), services().settings.cycle_start_day)
        except UserError as error:
            refused, status = message_of(error, language()), _status(error)
        else:
            notice(_("已建立考核规则“%(name)s”。", name=made.name))
            return redirect(url_for("rule_sets.list_view"))
    page = render_template("assessment/rule_form.html", form=form, record=None, refused=refused)
    return page, status


@blueprint.route("/<int:number>", methods=["GET", "POST"])
@allow(Permission.ASSESS)
def edit(number: int) -> ResponseReturnValue:
    """Change a rule set on which no closed cycle stands; the same template, with ``record``."""
    found = services()
    record = rule_sets.find_rule_set(found.database, number)
    form = RuleSetForm.of(record)
    refused, status = None, 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            rule_sets.change(
                access(), number, form.version(), form.values(), found.settings.cycle_start_day
            )
        except UserError as error:
            refused, status = message_of(error, language()), _status(error)
        else:
            notice(_("已保存。"))
            return redirect(url_for("rule_sets.list_view"))
    page = render_template("assessment/rule_form.html", form=form, record=record, refused=refused)
    return page, status


@blueprint.post("/<int:number>/end")
@allow(Permission.ASSESS)
def end(number: int) -> ResponseReturnValue:
    """Let a rule set hold until a day and no longer."""
    form, found = EndForm(), services()
    if not form.validate_on_submit():
        raise InvalidParameter("last_day: missing or no date", "请填写生效最后一天")
    version = version_of(form.row_version.data)
    start_day = found.settings.cycle_start_day
    rule_sets.end(access(), number, version, form.last_day.data, start_day)
    notice(_("已保存。"))
    return redirect(url_for("rule_sets.list_view"))


def _default() -> Rules:
    """Return the system's default."""
    return Rules(Calendar(services().settings.cycle_start_day))


def _status(error: UserError) -> int:
    return outcome_of(error).status
