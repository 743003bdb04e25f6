"""What may be asked of the counts; all of it stands in the query, so that an address is a state."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BeforeValidator, Field, StringConstraints, model_validator
from werkzeug.datastructures import MultiDict

from app.cases.forms import HIGHEST_PAGE
from app.cases.measures import DEFAULT_MEASURE, Measure
from app.errors import InvalidParameter, validated
from app.queries import Query

NO_VALUE = "~"
"""Asks for the cases that have no value: ``channel=~``."""

Attribution = Literal["location", "reported", "handler"]
Period = Literal["day", "half_month", "month", "year"]
Resolution = Literal[8, 9, 10]
Order = Literal[
    "received", "-received", "class", "-class", "township", "-township", "status", "-status"
]


LONGEST_NUMBER = 10
"""Python refuses to read a number of thousands of digits, with an error that is no user's."""


def _number(sent: object) -> object:
    """Return the number that short digits write; whatever else there is the check refuses."""
    is_one = isinstance(sent, str) and sent.isdecimal() and len(sent) < LONGEST_NUMBER
    return int(str(sent)) if is_one else sent


SentResolution = Annotated[Resolution, BeforeValidator(_number)]
"""A resolution as an address writes it."""

RESOLUTIONS: tuple[Resolution, ...] = get_args(Resolution)
DEFAULT_RESOLUTION: Resolution = 9

MOST_VALUES, MOST_CELLS, LONGEST_LASSO = 100, 500, 4_000

_Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_Texts = Annotated[tuple[_Text, ...], Field(max_length=MOST_VALUES)]
_Cell = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{15}$")]
_Hour = Annotated[int, Field(ge=0, lt=168)]
_Label = Annotated[str, StringConstraints(pattern=r"^\d{4}(-\d\d){0,2}$")]

_SEVERAL = ("class", "channel", "kind", "handler", "district", "township", "status", "place")
LISTED = ("cells", "hours", "periods")
"""Short values that stand in one parameter, with commas between them."""


class CountFilter(Query):
    """Which cases are counted, and how.

    Attributes
    ----------
    start, end : date, optional
        ``from`` and ``to`` (exclusive), local dates; all there is when not given.
    classes : tuple of str
        ``class``: paths as ``options.json`` gives them, of any level: ``噪声/施工``.
    channels, kinds, handlers, statuses, places : tuple of str
        ``channel, kind, handler, status, place``; `NO_VALUE` for cases without one.
    districts, townships : tuple of str
        ``district, township``: codes, by the `attribution`.
    measure, attribution, resolution, period, month_start
        How to count. ``attribution`` says by what a case belongs to a township: where it lies,
        which one was reported, or which one handles it. Without a ``resolution`` the cells of the
        map follow its zoom: it names their size itself. A lasso then takes the finest cells, so
        that its numbers stay the same at every zoom.
    cells, lasso, hours, periods
        What is selected on the page: cells by name, a polygon as an encoded polyline, hours of the
        week (24 × weekday + hour, Monday is 0), labels of periods.
    """

    start: date | None = Field(default=None, alias="from")
    end: date | None = Field(default=None, alias="to")
    classes: _Texts = Field(default=(), alias="class")
    channels: _Texts = Field(default=(), alias="channel")
    kinds: _Texts = Field(default=(), alias="kind")
    handlers: _Texts = Field(default=(), alias="handler")
    districts: _Texts = Field(default=(), alias="district")
    townships: _Texts = Field(default=(), alias="township")
    statuses: _Texts = Field(default=(), alias="status")
    places: _Texts = Field(default=(), alias="place")
    measure: Measure = DEFAULT_MEASURE
    attribution: Attribution = "location"
    resolution: SentResolution | None = None
    period: Period = "month"
    month_start: int = Field(default=1, ge=1, le=28)
    cells: tuple[_Cell, ...] = Field(default=(), max_length=MOST_CELLS)
    lasso: str | None = Field(default=None, max_length=LONGEST_LASSO)
    hours: tuple[_Hour, ...] = Field(default=(), max_length=168)
    periods: tuple[_Label, ...] = Field(default=(), max_length=MOST_VALUES)

    @classmethod
    def read(cls, args: Any) -> Self:
        """Read the query string; a part that a form sent empty counts as left out.

        Raises
        ------
        InvalidParameter
            A value is out of its range.
        """
        sent = args if isinstance(args, MultiDict) else MultiDict(args)
        values: dict[str, object] = {name: value for name, value in sent.items() if value}
        for name in _SEVERAL:
            values[name] = [value for value in sent.getlist(name) if value]
        for name in LISTED:
            values[name] = [value for value in sent.get(name, "").split(",") if value]
        return validated(cls, values)

    @property
    def cell_resolution(self) -> Resolution:
        """Resolution of the cells that are counted."""
        return self.resolution or DEFAULT_RESOLUTION

    @model_validator(mode="after")
    def _window_holds_days(self) -> Self:
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise InvalidParameter(
                f"from {self.start} to {self.end}: the window is empty (to is exclusive)",
                f"{self.start} 至 {self.end}：时间范围为空（截止日不含当天）",
            )
        return self


class CellFilter(CountFilter):
    """Which cells are counted: with ``coarser`` larger ones will do where there are too many."""

    coarser: bool = False


class CasePageFilter(CountFilter):
    """Which page of the cases that are counted, in which order; ``-`` turns an order round."""

    page: int = Field(default=1, ge=1, le=HIGHEST_PAGE)
    size: int = Field(default=20, ge=1, le=100)
    sort: Order = "-received"
