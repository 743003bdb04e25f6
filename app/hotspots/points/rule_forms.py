"""What may be asked of the page of working rules."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, Regexp

from app.errors import InvalidParameter, validated
from app.form_fields import WholeNumberField
from app.hotspots.points.rules import (
    LONGEST_NAME,
    MOST_DAYS,
    MOST_POINTS,
    MOST_REPORTS,
    PRINTABLE,
    MonthlyTop,
    Repeats,
    Rule,
)

TOO_LONG = _l("名称不超过 %(most)s 个字", most=LONGEST_NAME)


def _stripped(text: str | None) -> str | None:
    return text.strip() if text else text


def _name(label: Any, first: Any) -> StringField:
    printable = Regexp(PRINTABLE, message=_l("名称含有不能使用的字符"))
    length = Length(max=LONGEST_NAME, message=TOO_LONG)
    return StringField(label, filters=[_stripped], validators=[first, length, printable])


def _whole(label: Any, most: int) -> WholeNumberField:
    message = _l("请填写 1 到 %(most)s 之间的整数", most=most)
    return WholeNumberField(
        label, validators=[InputRequired(message), NumberRange(1, most, message=message)]
    )


class RuleForm(FlaskForm):  # type: ignore[misc]
    """What rules of every kind have."""

    zh = _name(_l("名称"), DataRequired(_l("请填写名称")))
    en = _name(_l("英文名称"), Optional())
    seen = HiddenField()

    kind = ""
    numbers: tuple[str, ...] = ()

    def rule(self) -> Rule:
        """Return the rule that was written, checked once more as a whole.

        Raises
        ------
        InvalidParameter
            A value is not allowed.
        """
        written = {
            name: field.data
            for name, field in self._fields.items()
            if name not in ("seen", "csrf_token")
        }
        written["en"] = written["en"] or ""
        return validated(FORMS[self.kind][1], written)


class RepeatsForm(RuleForm):
    """So many reports within some days."""

    kind = "repeat"
    least = _whole(_l("至少多少件"), MOST_REPORTS)
    days = _whole(_l("多少天以内"), MOST_DAYS)
    same_class = BooleanField(_l("只计同一分类"), default=True)


class MonthlyTopForm(RuleForm):
    """The first of a month."""

    kind = "monthly_top"
    top = _whole(_l("前多少名"), MOST_POINTS)
    least = _whole(_l("至少多少件"), MOST_REPORTS)


FORMS: dict[str, tuple[type[RuleForm], type[Repeats] | type[MonthlyTop]]] = {
    "repeat": (RepeatsForm, Repeats),
    "monthly_top": (MonthlyTopForm, MonthlyTop),
}


def form_of(kind: str) -> type[RuleForm]:
    """Return the form for a kind of rule.

    Raises
    ------
    InvalidParameter
        There is no such kind.
    """
    if kind not in FORMS:
        known = ", ".join(FORMS)
        raise InvalidParameter(
            f"kind: {kind[:40]!r} is none of {known}", f"规则种类 {kind[:40]!r} 不在 {known} 之中"
        )
    return FORMS[kind][0]
