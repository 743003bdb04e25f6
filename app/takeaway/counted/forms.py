"""The filter that the map's address holds, with what only its files need to know."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlencode

from pydantic import Field

from app.hotspots.filtered.forms import (
    DEFAULT_RESOLUTION,
    LISTED,
    CountFilter,
    Resolution,
    SentResolution,
)

Denominator = Literal["population", "none"]
Ground = Literal["counts", "rate"]
"""As the map calls its layers: cells, and townships."""


class TakenFilter(CountFilter):
    """What is taken away.

    Attributes
    ----------
    denominator : str
        What townships' rates divide by; the counts stay the same.
    layer : str or None
        Layers that the map shows, with commas.
    of : str or None
        The ground of which a table is wanted; the one shown when not given.
    size : int or None
        Resolution of the cells that the map draws, where it follows the zoom.
    """

    denominator: Denominator = "population"
    layer: str | None = Field(default=None, pattern=r"^[a-z]{1,20}(,[a-z]{1,20}){0,9}$")
    of: Ground | None = None
    size: SentResolution | None = None

    @property
    def drawn(self) -> Resolution:
        """The resolution of the cells that are taken."""
        return self.resolution or self.size or DEFAULT_RESOLUTION

    @property
    def ground(self) -> Ground:
        """The one ground of which a table is wanted."""
        shown: Ground = "rate" if "rate" in (self.layer or "").split(",") else "counts"
        return self.of or shown

    @property
    def counting(self) -> CountFilter:
        """What is counted, whatever is taken of it."""
        parts = self.model_dump(by_alias=True, include=set(CountFilter.model_fields))
        return CountFilter.model_validate(parts)

    @property
    def query(self) -> str:
        """The map's address of the filter, what is left open left out."""
        told = {"layer": self.ground} | self.model_dump(
            mode="json", by_alias=True, exclude_defaults=True, exclude={"of"}
        )
        joined = {
            name: ",".join(map(str, value)) if name in LISTED else value
            for name, value in told.items()
        }
        return urlencode(joined, doseq=True, safe=":,/~")
