"""What may be asked of the pages of governance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from pydantic import Field
from wtforms import (
    BooleanField,
    FloatField,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms import Field as FormField
from wtforms import ValidationError as FieldError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from app.accounts.models import Unit
from app.cases.listing import choices
from app.errors import validated
from app.form_fields import DayField, WholeNumberField, require_in_order, version_of
from app.queries import Query
from app.townships.governing.items import LARGEST_TARGET, LONGEST_TEXT, ItemValues, Source
from app.townships.governing.kinds import KindNames
from app.townships.governing.models import ListItem, ListKind
from app.townships.governing.plans import FIRST_YEAR, LAST_YEAR, PlanValues
from geodata.home import Home

FILL = "fill"
"""Form field by which a page sends words for a new item to begin with: they stand in no address."""


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


class ItemForm(Sent):
    """An item of a list, new or changed."""

    title = StringField(_l("事项"), validators=[DataRequired(), Length(max=200)])
    kind = SelectField(_l("清单"))
    text = TextAreaField(_l("具体内容"), validators=[Length(max=LONGEST_TEXT)])
    class_1 = SelectField(_l("问题分类"))
    responsible_id = SelectField(_l("责任单位"), coerce=int)
    cooperating = SelectMultipleField(_l("配合单位"), coerce=int)
    starts_on = DayField(_l("开始日期"), validators=[Optional()])
    due_on = DayField(_l("完成期限"), validators=[Optional()])
    target_from = FloatField(
        _l("现状（每月件数）"), validators=[Optional(), NumberRange(0, LARGEST_TARGET)]
    )
    target_to = FloatField(
        _l("目标（每月件数）"), validators=[Optional(), NumberRange(0, LARGEST_TARGET)]
    )
    source_kind = HiddenField(validators=[Length(max=40)])
    source_id = HiddenField(validators=[Length(max=200)])

    def offer(
        self,
        home: Home,
        kinds: Sequence[ListKind],
        units: Sequence[Unit],
        item: ListItem | None = None,
        *,
        chinese: bool = True,
        begun: bool = False,
    ) -> None:
        """Offer lists, classes and units; what the item has, or is begun with, stays on offer."""
        own = {item.responsible_id, *item.cooperating} if item else set()
        today = date.today()
        self.kind.choices = [
            SelectChoice(each.key, each.chinese if chinese else each.english)
            for each in kinds
            if each.active or (item is not None and item.kind == each.key)
        ]
        offered = [
            SelectChoice(each.id, each.name)
            for each in units
            if each.is_valid(today) or each.id in own
        ]
        self.responsible_id.choices = [SelectChoice(0, _l("（未定）")), *offered]
        self.cooperating.choices = offered
        classes = list(choices(home)["class_1"])
        written = self.class_1.data
        if written and written not in classes and begun:
            classes.insert(0, written)
        if item is not None and item.class_1 and item.class_1 not in classes:
            classes.insert(0, item.class_1)
        self.class_1.choices = [
            SelectChoice("", _l("（不限）")), *(SelectChoice(each, each) for each in classes)
        ]  # fmt: skip

    def validate_due_on(self, field: FormField) -> None:
        """Refuse an end before the start."""
        if self.starts_on.data and field.data and field.data < self.starts_on.data:
            raise FieldError(_l("完成期限早于开始日期"))

    def validate_cooperating(self, field: FormField) -> None:
        """Refuse the responsible unit among those that help."""
        if self.responsible_id.data and self.responsible_id.data in (field.data or []):
            raise FieldError(_l("责任单位不能同时为配合单位"))

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields, and that a target goes down and has both ends."""
        fits = super().validate(extra_validators)
        begin, end = self.target_from.data, self.target_to.data
        if self.target_from.errors or self.target_to.errors:
            return False
        if (begin is None) != (end is None):
            self.target_to.errors = [_l("现状和目标要么都填，要么都不填")]
            return False
        if begin is not None and end is not None and end > begin:
            self.target_to.errors = [_l("目标应不高于现状")]
            return False
        return bool(fits)

    def values(self) -> ItemValues:
        """Return what was written, checked once more as a whole."""
        written = {name: getattr(self, name).data for name in ItemValues.model_fields}
        written["text"] = written["text"] or ""
        written["class_1"] = written["class_1"] or None
        written["responsible_id"] = written["responsible_id"] or None
        return validated(ItemValues, written)

    def source(self) -> Source:
        """Return what the item came from."""
        return Source(self.source_kind.data or "", self.source_id.data or "")


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
