"""What a page's address asks for: checked values, each of which may be left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict

from app.errors import validated


class Query(BaseModel):
    """The query string of a page; its fields have defaults, and others in it are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)

    @classmethod
    def read(cls, args: Mapping[str, str | None]) -> Self:
        """Read the query string; a part that a form sent empty counts as left out.

        Raises
        ------
        InvalidParameter
            A value is out of its range.
        """
        return validated(cls, {name: value for name, value in args.items() if value})
