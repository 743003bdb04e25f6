"""HTTP of the working rules: list them, change them, return to the defaults."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.errors import Conflict, InvalidParameter, message_of
from app.hotspots.points import rules
from app.hotspots.points.rule_forms import RuleForm, form_of
from app.services import services
from app.translation import _
from app.web import language, notice
from geodata.errors import UserError

blueprint = Blueprint("rules", __name__, url_prefix="/hotspots/rules")


@blueprint.get("")
@allow(Permission.READ)
def list_view() -> str:
    """List the rules that new analyses will use.

    Template ``hotspots/rules.html``: ``rules`` (list of `rules.Rule`: ``name, kind, zh, en,
    title(language), definition()``), ``seen`` (version of the rules), ``is_default``, ``broken``
    (a line where the file cannot be read, else None), ``most`` (how many rules there may be).
    """
    home = services().home
    broken = None
    try:
        kept = rules.load_rules(home)
    except UserError as error:
        kept, broken = (), message_of(error, language())
    return render_template(
        "hotspots/rules.html",
        rules=kept,
        seen=rules.rules_version(home),
        is_default=kept == rules.DEFAULT_RULES,
        broken=broken,
        most=rules.MOST_RULES,
    )


@blueprint.route("/new", methods=["GET", "POST"])
@allow(Permission.SET_RULES)
def new() -> ResponseReturnValue:
    """Add a rule of a kind (``?kind=repeat`` or ``monthly_top``).

    Template ``hotspots/rule_form.html``: ``form`` (`rule_forms`: ``zh, en, least, seen`` and
    ``days, same_class`` or ``top``), ``kind``, ``changing`` (False here), ``problem`` (why the
    rules would not stand together, or None).
    """
    home, kind = services().home, request.args.get("kind", "repeat")
    form = form_of(kind)(data={"seen": rules.rules_version(home)})
    return _answer(
        form, kind, False, lambda: rules.add_rule(access(), home, form.rule(), form.seen.data or "")
    )


@blueprint.route("/<name>/edit", methods=["GET", "POST"])
@allow(Permission.SET_RULES)
def edit(name: str) -> ResponseReturnValue:
    """Change a rule; the same template as for a new one, with ``changing`` set."""
    home = services().home
    if request.method == "POST" and request.form.get("seen", "") != rules.rules_version(home):
        return _too_late()
    kept = rules.load_rules(home)
    rule = kept[rules.position(kept, name)]
    form = form_of(rule.kind)(data={**rule.model_dump(), "seen": rules.rules_version(home)})
    return _answer(
        form,
        rule.kind,
        True,
        lambda: rules.change_rule(access(), home, name, form.rule(), form.seen.data or ""),
    )


@blueprint.post("/<name>/remove")
@allow(Permission.SET_RULES)
def remove(name: str) -> ResponseReturnValue:
    """Take a rule out; the last one stays."""
    rules.remove_rule(access(), services().home, name, request.form.get("seen", ""))
    notice(_("规则已删除。今后的分析不再使用它。"))
    return redirect(url_for("rules.list_view"))


@blueprint.post("/reset")
@allow(Permission.SET_RULES)
def reset() -> ResponseReturnValue:
    """Return to the defaults."""
    rules.reset_rules(access(), services().home)
    notice(_("已恢复系统默认规则。"))
    return redirect(url_for("rules.list_view"))


def _answer(
    form: RuleForm, kind: str, changing: bool, save: Callable[[], None]
) -> ResponseReturnValue:
    """Save what was written, or show it again with what is wrong."""
    problem, status = None, 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            save()
        except (Conflict, InvalidParameter) as error:
            problem, status = message_of(error, language()), _status(error)
        else:
            notice(_("规则已保存。今后的分析按它判定，已有的分析不变。"))
            return redirect(url_for("rules.list_view"))
    return _shown(form, kind, changing, problem), status


def _too_late() -> ResponseReturnValue:
    """Show what was written again: the rule may be gone, so the form itself tells its kind."""
    kind = "monthly_top" if "top" in request.form else "repeat"
    problem = message_of(rules.changed_meanwhile(), language())
    return _shown(form_of(kind)(), kind, True, problem), 409


def _shown(form: RuleForm, kind: str, changing: bool, problem: str | None) -> str:
    return render_template(
        "hotspots/rule_form.html", form=form, kind=kind, changing=changing, problem=problem
    )


def _status(error: UserError) -> int:
    return 409 if isinstance(error, Conflict) else 422
