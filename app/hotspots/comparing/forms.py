"""What may be asked of a comparison of two periods."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from pydantic import BaseModel, ConfigDict, Field
from wtforms import DateField
from wtforms import Field as FormField
from wtforms import ValidationError as FieldError
from wtforms.validators import InputRequired

from app.cases.listing import choices
from app.errors import InvalidParameter, message_of, validated
from app.hotspots.comparing.windows import Window, Windows, usual_windows
from app.hotspots.filtered.forms import DEFAULT_RESOLUTION, RESOLUTIONS
from app.hotspots.forms import MeasuredForm
from app.hotspots.measures import DEFAULT_MEASURE, Measure
from app.queries import Query
from app.web import language
from geodata.home import Home

LONGEST_CLASSES = 50
"""Classes that one comparison may name."""


class CompareArguments(BaseModel):
    """What a comparison needs to know, as a job carries it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: date
    end: date
    with_start: date
    with_end: date
    classes: tuple[str, ...] = Field(default=(), max_length=LONGEST_CLASSES)
    resolution: int = Field(default=DEFAULT_RESOLUTION, ge=min(RESOLUTIONS), le=max(RESOLUTIONS))
    measure: Measure = DEFAULT_MEASURE

    @classmethod
    def read(cls, **arguments: object) -> CompareArguments:
        """Check arguments from outside.

        Raises
        ------
        InvalidParameter
            A value is out of its range, or the windows cannot be compared.
        """
        checked = validated(cls, arguments)
        checked.windows.check()
        return checked

    @property
    def windows(self) -> Windows:
        """The two periods."""
        return Windows(Window(self.start, self.end), Window(self.with_start, self.with_end))


class CompareQuery(Query):
    """What a link may fill the form with."""

    start: date | None = None
    end: date | None = None
    with_start: date | None = None
    with_end: date | None = None


class CompareForm(MeasuredForm):
    """A new comparison."""

    start = DateField(_l("本期起始日期"), validators=[InputRequired(_l("请填写日期"))])
    end = DateField(_l("本期截止日期（不含当天）"), validators=[InputRequired(_l("请填写日期"))])
    with_start = DateField(_l("对比期起始日期"), validators=[InputRequired(_l("请填写日期"))])
    with_end = DateField(
        _l("对比期截止日期（不含当天）"), validators=[InputRequired(_l("请填写日期"))]
    )

    @classmethod
    def for_home(cls, home: Home, query: Mapping[str, str]) -> CompareForm:
        """Offer the classes in the store, and the windows of a link or the most usual ones."""
        form = cls(data=_dates(home, CompareQuery.read(query)))
        form.offer(choices(home)["class_1"])
        return form

    def validate_with_end(self, field: FormField) -> None:
        """Refuse windows that cannot be compared, at the field that ends them."""
        dates = [each.data for each in (self.start, self.end, self.with_start, field)]
        if not all(dates):
            return
        try:
            Windows(Window(*dates[:2]), Window(*dates[2:])).check()
        except InvalidParameter as error:
            raise FieldError(message_of(error, language())) from error

    def arguments(self) -> dict[str, Any]:
        """Return what the job carries."""
        dates = ("start", "end", "with_start", "with_end")
        return {
            **{name: getattr(self, name).data.isoformat() for name in dates},
            "classes": sorted(self.classes.data or []),
            "resolution": self.resolution.data,
            "measure": self.measure.data,
        }


def _dates(home: Home, query: CompareQuery) -> dict[str, date]:
    given = {name: day for name, day in query.model_dump().items() if day is not None}
    usual = next(iter(usual_windows(home).values()), None)
    if given or usual is None:
        return given
    return {
        "start": usual.this.start,
        "end": usual.this.end,
        "with_start": usual.other.start,
        "with_end": usual.other.end,
    }
