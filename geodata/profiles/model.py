"""The rules that every import profile keeps."""

import zoneinfo
from typing import Literal

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from geodata.notes import Note
from geodata.schema import SOURCE_COLUMNS, SOURCE_SCHEMA

DateOrder = Literal["ymd", "mdy", "dmy"]

CLASS_PATH = "class_path"
"""Input field of a cell that holds the whole class path, such as ``市容环卫/垃圾/清运不及时``."""

_DERIVED = ("received_local", "zone", "month")

INPUT_FIELDS = (*(name for name in SOURCE_COLUMNS if name not in _DERIVED), CLASS_PATH)
"""Fields that a profile may map columns to."""

BOOLEAN_FIELDS = tuple(
    name for name in SOURCE_COLUMNS if pa.types.is_boolean(SOURCE_SCHEMA.field(name).type)
)


class ProfileFault(ValueError):  # noqa: N818 -- as in geodata.errors
    """A rule of this module is broken; pydantic carries it to whoever reads the profile."""

    def __init__(self, english: str, chinese: str) -> None:
        super().__init__(english)
        self.note = Note(english, chinese)


class Profile(BaseModel):
    """How to read one kind of file.

    Attributes
    ----------
    name : str
        Name by which the profile is asked for.
    title : dict of str
        What the profile is for, by language (``zh``, ``en``).
    zone : str
        IANA time zone of times that carry no offset.
    crs : str
        Coordinate reference system of coordinates whose row names none.
    date_order : {"ymd", "mdy", "dmy"}
        Order of dates written with the year last; year first is always read.
    columns : dict of tuple of str
        Input field → headers that name it, the preferred one first.
    required : tuple of str
        Fields without which the file is refused.
    class_separators : str
        Characters that part the levels of a class path.
    values : dict of dict of str
        Field → what the file says → what is meant.
    true_words, false_words : tuple of str
        How the source says yes and no, in lower case.
    blank_is_no : bool
        Whether an empty yes/no cell means no; else it stays unknown.
    empty_words : tuple of str
        Cells that mean "nothing was entered".
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    name: str
    title: dict[str, str] = {}
    zone: str
    crs: str = "WGS84"
    date_order: DateOrder = "ymd"
    columns: dict[str, tuple[str, ...]]
    required: tuple[str, ...] = ("case_id", "received_at")
    class_separators: str = "/>|\\"
    values: dict[str, dict[str, str]] = {}
    true_words: tuple[str, ...] = ("是", "1", "y", "yes", "t", "true")
    false_words: tuple[str, ...] = ("否", "0", "n", "no", "f", "false")
    blank_is_no: bool = False
    empty_words: tuple[str, ...] = ("NULL", "null", "None", "NaN", "nan", "N/A", "\\N", "-", "--")

    @field_validator("zone")
    @classmethod
    def _zone_is_known(cls, zone: str) -> str:
        if zone not in zoneinfo.available_timezones():
            raise ProfileFault(f"no time zone is called {zone!r}", f"没有名为“{zone}”的时区")
        return zone

    @field_validator("columns", "values")
    @classmethod
    def _fields_are_known(cls, mapping: dict[str, object]) -> dict[str, object]:
        unknown = [field for field in mapping if field not in INPUT_FIELDS]
        if unknown:
            raise ProfileFault(
                f"no field is called {unknown[0]!r}", f"没有名为“{unknown[0]}”的字段"
            )
        return mapping

    @field_validator("true_words", "false_words")
    @classmethod
    def _words_in_lower_case(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(word.lower() for word in words)

    @model_validator(mode="after")
    def _required_are_mapped(self) -> "Profile":
        for field in ("case_id", "received_at", *self.required):
            if not self.columns.get(field):
                raise ProfileFault(
                    f"required field {field!r} has no headers under 'columns'",
                    f"必需的字段 {field} 没有写明对应的表头",
                )
        return self

    def headers_of(self, field: str) -> tuple[str, ...]:
        """Headers that name `field`, the preferred one first.

        Examples
        --------
        >>> from geodata.profiles import load_profile
        >>> load_profile("chicago311").headers_of("received_at")[0]
        'created'
        """
        return self.columns.get(field, ())
