"""What may be asked of the case pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from pydantic import Field, field_validator
from werkzeug.datastructures import FileStorage
from wtforms import FloatField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.cases.handling import Callback, Due
from app.cases.measures import DEFAULT_MEASURE, Measure
from app.cases.windows import Window
from app.queries import Query
from geodata.coordinate_checks import MEANINGS
from geodata.coordinate_checks.systems import SYSTEMS

LOOK_FIRST = ""
"""Choice of no profile: the columns are looked at before anything is imported."""

HIGHEST_PAGE = 1_000_000
BATCH = re.compile(r"[\w-]{1,80}")


class CaseFilter(Query):
    """Which cases to list; every part may be left out.

    ``received`` and ``called_back`` are windows as `Window` writes them; ``due`` is looked at from
    the newest moment of the data.
    """

    class_1: str | None = Field(default=None, max_length=200)
    township: str | None = Field(default=None, max_length=64)
    month: str | None = Field(default=None, pattern=r"^\d{4}-(0[1-9]|1[0-2])$")
    location: Literal["located", "township_only", "unlocated"] | None = None
    flag: str | None = Field(default=None, pattern=r"^[a-z_]{1,40}$")
    batch: str | None = Field(default=None, pattern=r"^[\w-]{1,80}$")
    place: str | None = Field(default=None, max_length=100)
    at: str | None = Field(default=None, pattern=r"^-?\d{1,3}(\.\d{1,6})?,-?\d{1,2}(\.\d{1,6})?$")
    repeat: Literal["exact_duplicates", "repeated"] | None = None
    received: str | None = Field(default=None, max_length=30)
    due: Due | None = None
    callback: Callback | None = None
    called_back: str | None = Field(default=None, max_length=30)
    page: int = Field(default=1, ge=1, le=HIGHEST_PAGE)

    @field_validator("received", "called_back")
    @classmethod
    def _is_window(cls, value: str | None) -> str | None:
        return None if value is None else str(Window.parse(value))

    def query(self, **changed: object) -> dict[str, object]:
        """Return the query of the same list with some parts changed, for links."""
        return {**self.model_dump(exclude_none=True), **changed}


class _Measured(Query):
    measure: Measure = DEFAULT_MEASURE


def parse_measure(args: Mapping[str, str]) -> Measure:
    """Return the measure that a query names, reports when it names none.

    Raises
    ------
    InvalidParameter
        There is no such measure.
    """
    return _Measured.read({"measure": args.get("measure")}).measure


@dataclass(frozen=True)
class Upload:
    """A file that was handed in, and how to read it."""

    file: FileStorage
    profile: str
    crs: str | None
    sheet: str | None


class UploadForm(FlaskForm):  # type: ignore[misc]
    """A file of cases and the profile that reads it."""

    file = FileField(_l("文件"), validators=[FileRequired(_l("请选择文件"))])
    profile = SelectField(_l("导入模板"))
    crs = StringField(_l("坐标系"), validators=[Optional(), Length(max=40)])
    sheet = StringField(_l("工作表"), validators=[Optional(), Length(max=100)])

    def __init__(self, profiles: tuple[str, ...]) -> None:
        super().__init__()
        self.profiles = profiles
        self.profile.choices = [SelectChoice(name) for name in (LOOK_FIRST, *profiles)]

    def upload(self) -> Upload:
        """Return what was handed in."""
        crs, sheet = ((each.data or "").strip() or None for each in (self.crs, self.sheet))
        return Upload(self.file.data, self.profile.data, crs, sheet)


class FindForm(FlaskForm):  # type: ignore[misc]
    """The number of a case; posted, so that it stands in no address and no log."""

    case_id = StringField(_l("工单编号"), validators=[InputRequired(_l("请填写工单编号"))])

    def wanted(self) -> str:
        """Return the number that was asked for."""
        return (self.case_id.data or "").strip()


class WithdrawForm(FlaskForm):  # type: ignore[misc]
    """The word that a batch may go."""


class DecisionForm(FlaskForm):  # type: ignore[misc]
    """What one coordinate means: a real place, a default point, or undecided again."""

    lng = FloatField(_l("经度"), validators=[InputRequired(), NumberRange(-180, 180)])
    lat = FloatField(_l("纬度"), validators=[InputRequired(), NumberRange(-90, 90)])
    meaning = SelectField(_l("含义"), choices=[SelectChoice(name) for name in MEANINGS])


class SystemForm(FlaskForm):  # type: ignore[misc]
    """The coordinate system that the coordinates of a batch are to be read in."""

    crs = SelectField(_l("坐标系"), choices=[SelectChoice(name) for name in SYSTEMS])
