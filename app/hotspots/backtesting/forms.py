"""What may be asked of a forecast check."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from pydantic import BaseModel, ConfigDict, Field
from wtforms import DateField
from wtforms import Field as FormField
from wtforms import ValidationError as FieldError
from wtforms.validators import Optional

from app.cases.listing import choices
from app.errors import validated
from app.hotspots.filtered.forms import DEFAULT_RESOLUTION, RESOLUTIONS
from app.hotspots.forms import RUN_ID_PATTERN, CountingForm
from app.queries import Query
from geodata.home import Home
from spatial.backtesting.backtest import SHARES

DEFAULT_SHARE = SHARES.index(0.02)


class BacktestArguments(BaseModel):
    """What a forecast check needs to know, as a job carries it.

    Without ``end`` it goes up to the last case, without ``start`` it takes the three years before.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: date | None = None
    end: date | None = None
    classes: tuple[str, ...] = ()
    resolution: int = Field(default=DEFAULT_RESOLUTION, ge=min(RESOLUTIONS), le=max(RESOLUTIONS))
    seed: int = Field(default=1, ge=0, lt=2**63)

    @classmethod
    def read(cls, **arguments: object) -> BacktestArguments:
        """Check arguments from outside.

        Raises
        ------
        InvalidParameter
            A value is out of its range.
        """
        return validated(cls, arguments)


class BacktestState(Query):
    """State of the page as its URL tells it: which check, and which share of the area by place."""

    check: str | None = Field(default=None, pattern=RUN_ID_PATTERN)
    share: int = Field(default=DEFAULT_SHARE, ge=0, lt=len(SHARES))


class BacktestForm(CountingForm):
    """A new forecast check."""

    start = DateField(_l("起始日期"), validators=[Optional()])
    end = DateField(_l("截止日期（不含当天）"), validators=[Optional()])

    @classmethod
    def for_home(cls, home: Home) -> BacktestForm:
        """Offer the classes in the store."""
        form = cls()
        form.offer(choices(home)["class_1"])
        return form

    def validate_end(self, field: FormField) -> None:
        """Refuse an end that is not after the start."""
        if self.start.data and field.data and field.data <= self.start.data:
            raise FieldError(_l("截止日期应晚于起始日期"))

    def arguments(self) -> dict[str, Any]:
        """Return what the job carries."""
        return {
            "start": self.start.data.isoformat() if self.start.data else None,
            "end": self.end.data.isoformat() if self.end.data else None,
            "classes": sorted(self.classes.data or []),
            "resolution": self.resolution.data,
        }
