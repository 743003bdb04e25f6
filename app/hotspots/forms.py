"""What may be asked of the map and of an analysis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator
from werkzeug.datastructures import MultiDict
from wtforms import DateField, SelectField, SelectMultipleField
from wtforms import Field as FormField
from wtforms import ValidationError as FieldError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from app.cases.listing import choices
from app.errors import message_of, validated
from app.hotspots.companions import chosen_sizes
from app.hotspots.filtered.forms import DEFAULT_RESOLUTION, NO_VALUE, RESOLUTIONS
from app.hotspots.measures import DEFAULT_MEASURE, MEASURES, Measure, measure_name
from app.hotspots.periods import LONGEST_MONTHS, WHOLE_SPAN, monthly_steps, next_month
from app.queries import Query
from app.web import language
from geodata.errors import UserError
from geodata.home import Home

RUN_ID_PATTERN = r"^[0-9a-f]{16}$"


class MapState(Query):
    """State of the map as its URL tells it.

    ``step`` −1 (or ``all``) is the whole span; ``layer`` names the layers shown, with commas;
    ``selected`` is ``cell:…``, ``township:…``, ``cluster:…``, ``point:…`` or ``project:…``.
    """

    run: str | None = Field(default=None, pattern=RUN_ID_PATTERN)
    step: int = Field(default=WHOLE_SPAN, ge=WHOLE_SPAN, lt=LONGEST_MONTHS)
    layer: str | None = Field(default=None, pattern=r"^[a-z]{1,20}(,[a-z]{1,20}){0,9}$")
    selected: str | None = Field(default=None, max_length=200)

    @field_validator("step", mode="before")
    @classmethod
    def _all_is_whole_span(cls, value: object) -> object:
        return WHOLE_SPAN if value == "all" else value


class SizeState(Query):
    """Which of a run's sizes of cells is asked for; its own when not named."""

    resolution: int | None = Field(default=None, ge=0, le=15)


def parse_run(args: Mapping[str, str]) -> str | None:
    """Return the run that a query names."""
    return MapState.read({"run": args.get("run", "")}).run


def parse_step(args: Mapping[str, str]) -> int:
    """Return the step that a query names, the whole span when it names none."""
    return MapState.read({"step": args.get("step", "")}).step


class AnalyseArguments(BaseModel):
    """What an analysis needs to know, as a job carries it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: date
    end: date
    period: Literal["month"] = "month"
    classes: tuple[str, ...] = ()
    resolution: int = Field(default=DEFAULT_RESOLUTION, ge=min(RESOLUTIONS), le=max(RESOLUTIONS))
    seed: int = Field(default=1, ge=0, lt=2**63)
    measure: Measure = DEFAULT_MEASURE
    resolutions: tuple[int, ...] | None = None

    @classmethod
    def read(cls, **arguments: object) -> AnalyseArguments:
        """Check arguments from outside.

        Raises
        ------
        InvalidParameter
            A value is out of its range, or the window is empty.
        """
        checked = validated(cls, arguments)
        monthly_steps(checked.start, checked.end)
        chosen_sizes(checked.resolution, checked.resolutions)
        return checked


class AnalyseWish(Query):
    """What a link to the form of an analysis suggests, as the map's filter words it.

    ``class`` may name classes of any level; an analysis takes those of the first.
    """

    start: date | None = Field(default=None, alias="from")
    end: date | None = Field(default=None, alias="to")
    classes: tuple[Annotated[str, StringConstraints(max_length=200)], ...] = Field(
        default=(), alias="class", max_length=100
    )
    measure: Measure | None = None

    @classmethod
    def of_args(cls, args: MultiDict[str, str]) -> Self:
        """Read a query string in which ``class`` may stand several times."""
        one = {name: args.get(name) or None for name in ("from", "to", "measure")}
        return validated(cls, {**one, "class": tuple(filter(None, args.getlist("class")))})

    def given(self) -> dict[str, Any]:
        """Return what is suggested, by the fields of the form."""
        first = sorted({path.split("/")[0] for path in self.classes} - {NO_VALUE})
        values = {"start": self.start, "end": self.end, "classes": first, "measure": self.measure}
        return {name: value for name, value in values.items() if value}


class CountingForm(FlaskForm):  # type: ignore[misc]
    """What every form of a new result asks: of which classes, in cells of which size."""

    # WTForms' own check of several choices speaks no Chinese: see validate_classes.
    classes = SelectMultipleField(_l("问题分类"), validate_choice=False)
    resolution = SelectField(_l("六边形精度"), coerce=int, default=DEFAULT_RESOLUTION)

    def offer(self, classes: Iterable[str]) -> None:
        """Offer the classes in the store, and the sizes of cells."""
        self.classes.choices = [SelectChoice(name) for name in classes]
        self.resolution.choices = [SelectChoice(level, f"H3 {level}") for level in RESOLUTIONS]

    def validate_classes(self, field: FormField) -> None:
        """Refuse a class that the store does not have."""
        if set(field.data or ()) - {choice.value for choice in field.choices}:
            raise FieldError(_l("没有这个问题分类"))


class MeasuredForm(CountingForm):
    """One that also asks what is counted."""

    measure = SelectField(_l("计量方式"), default=DEFAULT_MEASURE)

    def offer(self, classes: Iterable[str]) -> None:
        """Offer the measures, too."""
        super().offer(classes)
        self.measure.choices = [SelectChoice(each, measure_name(each)) for each in MEASURES]


class AnalyseForm(MeasuredForm):
    """A new run."""

    start = DateField(_l("起始日期"), validators=[InputRequired(_l("请填写日期"))])
    end = DateField(_l("截止日期（不含当天）"), validators=[InputRequired(_l("请填写日期"))])
    period = SelectField(_l("时间步长"), choices=[SelectChoice("month", _l("月"))])

    @classmethod
    def for_home(cls, home: Home, wanted: AnalyseWish) -> AnalyseForm:
        """Offer the classes in the store; suggest what is wanted, else its whole months."""
        offered = choices(home)
        form = cls(data={**_whole_window(offered["months"]), **wanted.given()})
        form.offer(offered["class_1"])
        return form

    def validate_end(self, field: FormField) -> None:
        """Refuse a window that cannot be analysed, at the field that ends it."""
        if not (self.start.data and field.data):
            return
        try:
            monthly_steps(self.start.data, field.data)
        except UserError as error:
            raise FieldError(message_of(error, language())) from error

    def arguments(self) -> dict[str, Any]:
        """Return what the job carries."""
        return {
            "start": self.start.data.isoformat(),
            "end": self.end.data.isoformat(),
            "period": self.period.data,
            "classes": sorted(self.classes.data or []),
            "resolution": self.resolution.data,
            "measure": self.measure.data,
        }


def _whole_window(months: list[str]) -> dict[str, date]:
    """All months there are, newest first in, as the form's first suggestion."""
    if not months:
        return {}
    return {
        "start": date.fromisoformat(f"{months[-1]}-01"),
        "end": next_month(date.fromisoformat(f"{months[0]}-01")),
    }
