"""What may be asked of the project pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    Field,
    FloatField,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms import ValidationError as FieldError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.cases.listing import choices
from app.errors import validated
from app.form_fields import WholeNumberField, require_in_order, version_of
from app.projects.models import DEFAULT_RADIUS_M, STATUSES, Project
from app.projects.projects import (
    LARGEST_RADIUS_M,
    LARGEST_TARGET,
    SMALLEST_RADIUS_M,
    Lateness,
    ProjectValues,
    StatusChange,
)
from app.queries import Query
from geodata.home import Home

SUGGESTED = ("name", "township", "class_1")


class ProjectForm(FlaskForm):  # type: ignore[misc]
    """A project, new or changed."""

    name = StringField(_l("名称"), validators=[InputRequired(), Length(max=200)])
    owner = StringField(_l("负责人"), validators=[InputRequired(), Length(max=100)])
    lng = FloatField(_l("经度"), validators=[InputRequired(), NumberRange(-180, 180)])
    lat = FloatField(_l("纬度"), validators=[InputRequired(), NumberRange(-85, 85)])
    radius_m = WholeNumberField(
        _l("半径（米）"),
        default=DEFAULT_RADIUS_M,
        validators=[InputRequired(), NumberRange(SMALLEST_RADIUS_M, LARGEST_RADIUS_M)],
    )
    township = SelectField(_l("街乡镇"))
    class_1 = SelectField(_l("问题分类"))
    planned_start = DateField(_l("计划开工"), validators=[Optional()])
    planned_end = DateField(_l("计划完成"), validators=[Optional()])
    target_per_month = FloatField(
        _l("目标（每月不超过件数）"), validators=[Optional(), NumberRange(0, LARGEST_TARGET)]
    )
    note = TextAreaField(_l("备注"), validators=[Length(max=10_000)])
    row_version = HiddenField()

    def offer(self, home: Home, record: Project | None = None) -> None:
        """Offer the townships and classes there are, and what the record has already."""
        offered = choices(home)
        townships = dict(offered["townships"])
        classes = {name: name for name in offered["class_1"]}
        self.township.choices = _with_own(townships, record.township if record else None)
        self.class_1.choices = _with_own(classes, record.class_1 if record else None)

    def validate_planned_end(self, field: Field) -> None:
        """Refuse an end before the start."""
        if self.planned_start.data and field.data and field.data < self.planned_start.data:
            raise FieldError(_l("计划完成日期早于计划开工日期"))

    def values(self) -> ProjectValues:
        """Return what was written, checked once more as a whole."""
        names = ProjectValues.model_fields
        written = {name: getattr(self, name).data for name in names}
        written["township"] = written["township"] or None
        written["class_1"] = written["class_1"] or None
        return validated(ProjectValues, written)

    def version(self) -> int:
        """Return the version of the record that the person saw."""
        return version_of(self.row_version.data)


class StatusForm(FlaskForm):  # type: ignore[misc]
    """A move to another status."""

    status = SelectField(_l("状态"), choices=[SelectChoice(status) for status in STATUSES])
    on = DateField(_l("日期"), validators=[Optional()])
    row_version = HiddenField()

    def require(self) -> None:
        """Refuse a form that is not in order.

        Raises
        ------
        InvalidParameter
            Names the first field that is not.
        """
        require_in_order(self, "status")

    def change(self) -> StatusChange:
        """Return the move."""
        return StatusChange(
            status=self.status.data,
            on=self.on.data or date.today(),
            row_version=version_of(self.row_version.data),
        )


class ProjectFilter(Query):
    """Which projects to list; each part may be left out."""

    status: Literal["planned", "under_way", "done"] | None = None
    due: Lateness | None = None


def suggestion(args: Mapping[str, str]) -> dict[str, Any]:
    """Return what a link from the map puts into a new form; what cannot serve is left empty."""
    filled: dict[str, Any] = {name: args[name][:200] for name in SUGGESTED if args.get(name)}
    for name, bound in (("lng", 180.0), ("lat", 85.0)):
        try:
            value = float(args.get(name, ""))
        except ValueError:
            continue
        if abs(value) <= bound:
            filled[name] = value
    return filled


def _with_own(offered: dict[str, str], own: str | None) -> list[SelectChoice]:
    if own and own not in offered:
        offered = {own: own, **offered}
    named = [SelectChoice(value, label) for value, label in offered.items()]
    return [SelectChoice("", _l("（不限）")), *named]
