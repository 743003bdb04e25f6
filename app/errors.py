"""One table from what went wrong to an HTTP status and an exit code, and its line for people.

Every user's error carries its line in English and in Chinese: it is read on pages as often as in a
terminal.
"""

# ruff: noqa: N818 - the names say what is wrong, as those of geodata.errors do

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from geodata.errors import ChangedMeanwhile, NotFound, UserError

LONGEST_SHOWN = 80
"""Characters of a wrong value that a message repeats."""

EXIT_MEND = 1
"""Exit code: the user must mend something; one clear line was written."""

EXIT_USAGE = 2
"""Exit code: the command line itself is wrong."""


class InvalidSetting(UserError):
    """An environment variable holds a value that cannot serve."""


class InvalidParameter(UserError):
    """A parameter of a request or command is out of its range."""


class UnreachableDatabase(UserError):
    """The server of the operational tables does not answer, or refuses."""


class Busy(UserError):
    """Another writer holds the tables for longer than one waits."""


class UnreachableQueue(UserError):
    """The server of the queue does not answer, or refuses."""


class NewerTables(UserError):
    """The tables were made by a newer version of the program."""


class Missing(UserError):
    """The thing asked for does not exist."""


class NothingToAnalyse(UserError):
    """No boundaries or no cases: there is nothing to make a run of."""


class NotSignedIn(UserError):
    """Nobody is signed in, or the session has ended."""


class Forbidden(UserError):
    """The person may not do it, or not here."""


class TooMany(UserError):
    """It was tried too often of late."""


class ProviderFailed(UserError):
    """The office's own sign-in does not answer, or not as it should."""


class Conflict(UserError):
    """Someone else changed the record in the meantime, or the step is not allowed."""


def changed_meanwhile(english: str, chinese: str) -> Conflict:
    """Return what the second of two editors of a record is told; it is named in both languages."""
    return Conflict(
        f"{english} was changed by someone else meanwhile: nothing was saved",
        f"{chinese}已被他人修改，您的改动尚未保存，请核对后重新提交",
    )


EXPECTED_ZH = {
    "int_parsing": "整数",
    "int_type": "整数",
    "int_from_float": "整数",
    "float_parsing": "数字",
    "date_parsing": "日期",
    "date_from_datetime_parsing": "日期",
    "greater_than_equal": "不小于 {ge} 的数",
    "greater_than": "大于 {gt} 的数",
    "less_than_equal": "不大于 {le} 的数",
    "less_than": "小于 {lt} 的数",
    "string_too_long": "不超过 {max_length} 个字符",
    "literal_error": "{expected} 之一",
}
"""What pydantic's commoner findings expect, in Chinese; it says so itself in English."""

DAYS_ZH = {"greater_than_equal": "不早于 {ge} 的日期", "less_than_equal": "不晚于 {le} 的日期"}
"""The same of days."""


def expected_zh(kind: str, limits: Mapping[str, object]) -> str:
    """Return what was expected where pydantic found something of a kind, in Chinese.

    Parameters
    ----------
    kind : str
        As pydantic calls what it found.
    limits : mapping
        What it says of it.

    Returns
    -------
    str
        Empty where no words are kept for it.

    Examples
    --------
    >>> expected_zh("less_than_equal", {"le": 1e8})
    '不大于 100000000 的数'
    """
    # Pydantic gives the limit of a day as it is written.
    is_day = kind in DAYS_ZH and not any(isinstance(each, int | float) for each in limits.values())
    words = DAYS_ZH if is_day else EXPECTED_ZH
    told = {
        name: f"{limit:.15g}" if isinstance(limit, float) else limit
        for name, limit in limits.items()
    }
    return words.get(kind, "").format_map(told)


@dataclass(frozen=True)
class Outcome:
    """What an error means outside."""

    status: int
    exit_code: int


OUTCOMES: tuple[tuple[type[Exception], Outcome], ...] = (
    (NotSignedIn, Outcome(401, EXIT_MEND)),
    (Forbidden, Outcome(403, EXIT_MEND)),
    (TooMany, Outcome(429, EXIT_MEND)),
    (Missing, Outcome(404, EXIT_MEND)),
    (NotFound, Outcome(404, EXIT_MEND)),
    (Conflict, Outcome(409, EXIT_MEND)),
    (ChangedMeanwhile, Outcome(409, EXIT_MEND)),
    (InvalidParameter, Outcome(400, EXIT_MEND)),
    (UnreachableDatabase, Outcome(503, EXIT_MEND)),
    (Busy, Outcome(503, EXIT_MEND)),
    (UnreachableQueue, Outcome(503, EXIT_MEND)),
    (UserError, Outcome(422, EXIT_MEND)),
)
"""First match wins, so special classes stand before general ones."""


def outcome_of(error: Exception) -> Outcome:
    """Status and exit code of a user's error.

    Raises
    ------
    TypeError
        The error is not one of the user's: it is a bug and must stay visible as one.
    """
    for kind, outcome in OUTCOMES:
        if isinstance(error, kind):
            return outcome
    raise TypeError(f"{type(error).__name__} is not a user's error")


def trace_of(error: BaseException) -> str:
    """Return where a bug happened, without its message: libraries quote the cell they choke on."""
    lines: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        frames = "".join(traceback.format_tb(cause.__traceback__))
        lines.insert(0, f"{type(cause).__module__}.{type(cause).__qualname__}\n{frames}")
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "\nwhich led to ".join(lines)


def message_of(error: UserError, language: str) -> str:
    """One line for people in their language: Chinese where its name begins with ``zh``."""
    text = error.chinese if language.startswith("zh") else error.english
    return " ".join(text.split())


Model = TypeVar("Model", bound=BaseModel)


def validated(model: type[Model], values: Mapping[str, object]) -> Model:
    """Read values from outside into a model.

    Raises
    ------
    InvalidParameter
        A value is not allowed; one line on the first that pydantic found.
    """
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        raise _invalid_parameter(error) from error


def _invalid_parameter(error: ValidationError) -> InvalidParameter:
    """Make one line of what pydantic found first."""
    first = error.errors(include_url=False)[0]
    name = ".".join(str(part) for part in first["loc"]) or "parameters"
    given = first["input"]
    shown = str(given) if isinstance(given, date) else repr(given)[:LONGEST_SHOWN]
    expected = expected_zh(first["type"], first.get("ctx", {}))
    return InvalidParameter(
        f"{name}: {shown} is not allowed: {first['msg']}",
        f"参数 {name} 的值 {shown} 无效" + (f"，应为{expected}" if expected else ""),
        field=name,
    )
