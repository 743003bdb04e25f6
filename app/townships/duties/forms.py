"""What may be asked of the pages of the duty list."""

from __future__ import annotations

from typing import Literal

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from pydantic import Field
from wtforms import Field as FormField
from wtforms import HiddenField, SelectField, StringField
from wtforms import ValidationError as FieldError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from app.accounts.wording import kind_names
from app.errors import validated
from app.form_fields import version_of
from app.queries import Query
from app.townships.duties.keeping import (
    LONGEST_PATH,
    PATH_MARK,
    DutyValues,
    read_names,
    read_path,
)
from app.townships.duties.models import LEVELS, Duty

HIGHEST_PAGE = 1_000_000


class DutyForm(FlaskForm):  # type: ignore[misc]
    """A line of the duty list, new or changed."""

    scenario = StringField(_l("场景"), validators=[Length(max=200)])
    path = StringField(_l("问题分类"), validators=[Length(max=600)])
    level = SelectField(_l("层级"))
    lead = StringField(_l("牵头单位"), validators=[InputRequired(), Length(max=200)])
    cooperating = StringField(_l("配合单位"), validators=[Length(max=2000)])
    basis = StringField(_l("依据"), validators=[Length(max=400)])
    batch = StringField(_l("批次"), validators=[Length(max=100)])
    row_version = HiddenField()

    def offer(self, duty: Duty | None = None) -> None:
        """Offer the levels; show a line as it is."""
        names = kind_names()
        self.level.choices = [SelectChoice(level, names[level]) for level in LEVELS]
        if duty is not None and not self.is_submitted():
            self.path.data = PATH_MARK.join(duty.classes)
            self.cooperating.data = "、".join(duty.cooperating)

    def validate_path(self, field: FormField) -> None:
        """Refuse a line of nothing, and a path that the taxonomy cannot have."""
        path = read_path(field.data or "")
        if len(path) > LONGEST_PATH:
            raise FieldError(_l("分类最多三级"))
        if not path and not (self.scenario.data or "").strip():
            raise FieldError(_l("场景和问题分类至少填一项"))

    def values(self) -> DutyValues:
        """Return what was written.

        Raises
        ------
        InvalidParameter
        """
        plain = {name: getattr(self, name).data or "" for name in DutyValues.model_fields
                 if name not in ("classes", "cooperating")}  # fmt: skip
        classes = read_path(self.path.data or "")
        cooperating = read_names(self.cooperating.data or "")
        return validated(DutyValues, {**plain, "classes": classes, "cooperating": cooperating})

    def version(self) -> int:
        """Return the version of the line that the person saw."""
        return version_of(self.row_version.data)


class RemoveForm(FlaskForm):  # type: ignore[misc]
    """The word to take a line off the list."""

    row_version = HiddenField()

    def version(self) -> int:
        """Return the version of the line that the person saw."""
        return version_of(self.row_version.data)


class DutyFileForm(FlaskForm):  # type: ignore[misc]
    """A file of duties."""

    file = FileField(_l("文件"), validators=[FileRequired()])
    batch = StringField(_l("批次"), validators=[Length(max=100)])


class DutyFilter(Query):
    """Which lines to list; each part may be left out."""

    q: str | None = Field(default=None, max_length=100)
    level: Literal["city", "district", "township"] | None = None
    batch: str | None = Field(default=None, max_length=100)
    page: int = Field(default=1, ge=1, le=HIGHEST_PAGE)
