"""What may be asked of the pages of governance."""

from __future__ import annotations

from datetime import date
from typing import Literal

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from pydantic import Field
from wtforms import BooleanField, HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from app.errors import validated
from app.form_fields import DayField, WholeNumberField, require_in_order, version_of
from app.queries import Query
from app.townships.governing.named_kinds import KindNames
from app.townships.governing.plans import FIRST_YEAR, LAST_YEAR, PlanValues

FILL = "fill"
"""Form field by which a page sends words for a new item to begin with: they stand in no address."""


HIGHEST_PAGE = 1_000_000


class Sent(FlaskForm):  # type: ignore[misc]
    """A form that is refused as a whole where it is not in order."""

    row_version = HiddenField()

    def require(self) -> None:
        """Refuse a form that is not in order.

        Raises
        ------
        InvalidParameter
            Names the first field that is not.
        """
        require_in_order(self, "form")

    def version(self) -> int:
        """Return the version of the record that the person saw."""
        return version_of(self.row_version.data)


class MoveForm(Sent):
    """A step of a designation or an item."""

    state = StringField(validators=[DataRequired(), Length(max=20)])
    on = DayField(_l("日期"), validators=[Optional()])
    words = TextAreaField(_l("说明"), validators=[Length(max=2_000)])

    def day(self) -> date:
        """Return the day of the step; today where none is given."""
        return self.on.data or date.today()


class UndoForm(Sent):
    """Why the last change of an item is undone."""

    words = TextAreaField(_l("撤销的理由"), validators=[Length(max=2_000)])


class ProposeForm(Sent):
    """A township that may be designated, and why."""

    township = StringField(_l("街乡镇"), validators=[DataRequired(), Length(max=64)])
    on = DayField(_l("日期"), validators=[Optional()])
    reason = TextAreaField(_l("理由"), validators=[DataRequired(), Length(max=2_000)])


class BeginPlanForm(Sent):
    """The year of a plan."""

    year = WholeNumberField(
        _l("年度"), validators=[InputRequired(), NumberRange(FIRST_YEAR, LAST_YEAR)]
    )


class PlanForm(Sent):
    """A plan's name and summary."""

    name = StringField(_l("名称"), validators=[DataRequired(), Length(max=200)])
    summary = TextAreaField(_l("方案要点"), validators=[Length(max=20_000)])

    def values(self) -> PlanValues:
        """Return what was written."""
        return validated(PlanValues, {"name": self.name.data, "summary": self.summary.data or ""})


class KindForm(Sent):
    """The names of a kind of list."""

    key = StringField(_l("代码"), validators=[Length(max=40)])
    chinese = StringField(_l("中文名"), validators=[DataRequired(), Length(max=40)])
    english = StringField(_l("英文名"), validators=[DataRequired(), Length(max=40)])
    active = BooleanField(_l("启用"))

    def names(self, *, active: bool) -> KindNames:
        """Return the names."""
        chinese, english = self.chinese.data.strip(), self.english.data.strip()
        return KindNames(chinese, english, active)


class ItemFilter(Query):
    """Which items of a plan to show; each part may be left out."""

    kind: str | None = Field(default=None, max_length=40)
    state: (
        Literal["to_do", "under_way", "claimed_done", "verified", "closed", "cancelled"] | None
    ) = None
    overdue: Literal["1"] | None = None
    page: int = Field(default=1, ge=1, le=HIGHEST_PAGE)
