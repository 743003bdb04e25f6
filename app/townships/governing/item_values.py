"""What a person may write into an item, and the rules that hold within it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from app.townships.designations.life import FIRST_DAY, LAST_DAY
from app.townships.governing.models import ListItem

LARGEST_TARGET = 1_000_000
LONGEST_TEXT = 10_000
LONGEST_ENTERPRISES = 500
LONGEST_MANAGER = 200
LONGEST_SOURCES = 500
MOST_HOUSEHOLDS = 10_000_000
LARGEST_AREA = 1e11
"""Square metres; the whole of a city of 16,000 km² has 1.6e10."""

LARGEST_MONEY = 1e8
"""In 10,000 yuan 万元: a trillion yuan."""

MOST_CASES = 200
LONGEST_CASE_ID = 100


def _one_kind_of_line(text: Any) -> Any:
    """Write all ends of lines alike: browsers send two signs, and Excel keeps one."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if isinstance(text, str) else text


LongText = Annotated[str, BeforeValidator(_one_kind_of_line), Field(max_length=LONGEST_TEXT)]
CaseId = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_CASE_ID)
]


class ItemValues(BaseModel):
    """What a person may write into an item.

    ``case_ids`` that are None stay as they are: they come from somebody who may not read cases.
    """

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True, allow_inf_nan=False)

    title: str = Field(min_length=1, max_length=200)
    kind: str = Field(min_length=1, max_length=40)
    text: LongText = ""
    class_1: str | None = Field(default=None, max_length=200)
    responsible_id: int | None = None
    cooperating: list[int] = Field(default_factory=list, max_length=50)
    starts_on: date | None = Field(default=None, ge=FIRST_DAY, le=LAST_DAY)
    due_on: date | None = Field(default=None, ge=FIRST_DAY, le=LAST_DAY)
    target_from: float | None = Field(default=None, ge=0, le=LARGEST_TARGET)
    target_to: float | None = Field(default=None, ge=0, le=LARGEST_TARGET)
    case_ids: list[CaseId] | None = Field(default=None, max_length=MOST_CASES)
    issue_type: str | None = Field(default=None, max_length=40)
    problem: LongText = ""
    cause: LongText = ""
    proposal: LongText = ""
    support_level: Literal["", "city", "district", "township"] = ""
    support_kind: Literal["", "coordination", "policy", "project", "other"] = ""
    enterprises: str = Field(default="", max_length=LONGEST_ENTERPRISES)
    property_manager: str = Field(default="", max_length=LONGEST_MANAGER)
    households: int | None = Field(default=None, ge=0, le=MOST_HOUSEHOLDS)
    area_m2: float | None = Field(default=None, ge=0, le=LARGEST_AREA)
    money_needed: float | None = Field(default=None, ge=0, le=LARGEST_MONEY)
    money_sources: str = Field(default="", max_length=LONGEST_SOURCES)
    priority: Literal["", "urban_renewal", "beautiful_village", "topic"] = ""
    progress_word: Literal["", "solved", "scheduled", "accelerating", "other"] = ""

    @model_validator(mode="after")
    def _fits(self) -> ItemValues:
        if self.starts_on and self.due_on and self.due_on < self.starts_on:
            raise ValueError(f"due day {self.due_on} is before the start {self.starts_on}")
        if (self.target_from is None) != (self.target_to is None):
            raise ValueError("a target goes from a number of cases a month to another: give both")
        if self.target_from is not None and (self.target_to or 0) > self.target_from:
            raise ValueError(f"target {self.target_to:g} is above {self.target_from:g} it is from")
        return self

    @classmethod
    def of(cls, item: ListItem) -> ItemValues:
        """Return what an item says, its source cases left as they are."""
        names = cls.model_fields.keys() - {"case_ids"}
        return cls.model_construct(**{name: getattr(item, name) for name in names})

    def columns(self) -> dict[str, Any]:
        """Return the columns of an item to write."""
        values = self.model_dump()
        if self.case_ids is None:
            del values["case_ids"]
        else:
            values["case_ids"] = list(dict.fromkeys(self.case_ids))
        return values
