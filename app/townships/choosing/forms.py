"""The form of a decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from app.errors import InvalidParameter, validated
from app.townships.choosing.decisions import LONGEST_TEXT, DecisionValues
from app.townships.choosing.models import Decision
from app.townships.choosing.ranking import Board

CHOSEN, REASON = "chosen", "reason-"


class DecisionForm(FlaskForm):  # type: ignore[misc]
    """What a person writes beside the townships that she ticks."""

    title = StringField(_l("标题"), validators=[InputRequired(), Length(max=200)])
    decided_on = DateField(_l("决定日期"), validators=[InputRequired()], default=date.today)
    decided_by = StringField(_l("决定人或会议"), validators=[InputRequired(), Length(max=200)])
    objections = TextAreaField(_l("不同意见"), validators=[Length(max=LONGEST_TEXT)])
    corrects = SelectField(_l("更正哪一项决策"))

    def offer(self, decisions: Sequence[Decision]) -> None:
        """Offer the decisions that this one may set right."""
        named = [
            SelectChoice(str(each.id), f"{each.decided_on} {each.title}") for each in decisions
        ]
        self.corrects.choices = [SelectChoice("", _l("（不是更正）")), *named]

    def values(self, codes: Sequence[str], form: Mapping[str, str], found: Board) -> DecisionValues:
        """Return the decision, checked as a whole.

        Parameters
        ----------
        codes : sequence of str
            Of the ticked townships.
        form : mapping
            Holds a reason for each.
        found : Board
            Has the townships' names, and how many are considered.

        Raises
        ------
        InvalidParameter
            A reason is missing or too long, or another value is not allowed.
        """
        names = {row["code"]: row["name"] for row in found.candidates}
        for code in codes:
            _check_reason(names.get(code, code), form.get(f"{REASON}{code}", ""))
        chosen = [{"code": code, "reason": form.get(f"{REASON}{code}", "")} for code in codes]
        written = {
            "title": self.title.data,
            "decided_on": self.decided_on.data,
            "decided_by": self.decided_by.data,
            "objections": self.objections.data or "",
            "corrects": int(self.corrects.data) if self.corrects.data else None,
            "n_considered": found.n_first,
            "chosen": tuple(chosen),
        }
        return validated(DecisionValues, written)


def _check_reason(name: str, reason: str) -> None:
    n = len(reason.strip())
    if not n:
        raise InvalidParameter(
            f"why is {name} chosen? Its reason must not be empty", f"选中{name}的理由不能为空"
        )
    if n > LONGEST_TEXT:
        raise InvalidParameter(
            f"the reason for {name} has {n} characters; at most {LONGEST_TEXT} are kept",
            f"选中{name}的理由有 {n} 字，最多 {LONGEST_TEXT} 字",
        )
