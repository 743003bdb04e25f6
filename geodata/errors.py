"""Errors that the user can mend, apart from bugs.

A `UserError` tells in one clear line what was read and what was expected, in English and in
Chinese. The application maps each class to an HTTP status and an exit code in one table and picks
the language; nothing here knows about either.
"""

# ruff: noqa: N818 -- the names say what is wrong, as the user will read it


class UserError(Exception):
    """A mistake in what was handed in (a file, a name, a setting), told in one line.

    Parameters
    ----------
    english, chinese : str
        The same line in both languages; ``str(error)`` is the English one.
    field : str
        The field of a form that it is about, so that a page tells it there; empty where of none.

    Examples
    --------
    >>> error = UserError("cases.csv: no such file", "cases.csv：没有这个文件")
    >>> str(error), error.chinese
    ('cases.csv: no such file', 'cases.csv：没有这个文件')
    """

    def __init__(self, english: str, chinese: str, *, field: str = "") -> None:
        # Both are arguments of the exception, so that it survives the way between processes.
        super().__init__(english, chinese)
        self.english = english
        self.chinese = chinese
        self.field = field

    def __str__(self) -> str:
        return self.english


class UnusableHome(UserError):
    """The folder named for all data cannot be made, or its key is not one."""


class DiskFull(UserError):
    """There is no room left for what is to be written."""


class UnreadableFile(UserError):
    """The file cannot be read as what it claims to be."""


class UnknownProfile(UserError):
    """No import profile has this name."""


class InvalidProfile(UserError):
    """A profile file breaks the rules for profiles."""


class MissingColumn(UserError):
    """A required column is not in the file, or a named column does not exist."""


class LostIds(UserError):
    """A spreadsheet turned the ids of a file into rounded numbers."""


class InvalidUrl(UserError):
    """An address that cannot be asked for data."""


class FetchFailed(UserError):
    """An interface did not give what it was asked for."""


class UnknownCrs(UserError):
    """No coordinate reference system has this name."""


class UnknownZone(UserError):
    """No time zone has this name."""


class InvalidBoundaries(UserError):
    """Polygons that cannot serve as administrative boundaries."""


class InvalidPlaces(UserError):
    """A file or a change that cannot serve as a place register."""


class ChangedMeanwhile(UserError):
    """Someone else changed the thing since it was looked at."""


class InvalidOrder(UserError):
    """A sample is ordered with a value out of its range."""


class InvalidJob(UserError):
    """Counting is asked for by what cannot be counted by."""


class MissingPackage(UserError):
    """A part that is installed only where it is needed is not there."""


class MissingJava(UserError):
    """No Java that Spark runs on is there."""


class NotFound(UserError):
    """A thing asked for by name or version (a run, boundaries, a batch) does not exist."""


class InvalidDecision(UserError):
    """What was decided about a coordinate cannot be."""
