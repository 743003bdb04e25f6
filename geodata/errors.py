"""Errors that the user can mend, apart from bugs.

The message of a `UserError` is one clear line: what was read, what was expected. The application
maps each class to an HTTP status and an exit code in one table; nothing here knows about either.
"""

# ruff: noqa: N818 -- the names say what is wrong, as the user will read it


class UserError(Exception):
    """A mistake in what was handed in (a file, a name, a setting), told in one line."""


class UnreadableFile(UserError):
    """The file cannot be read as what it claims to be."""


class UnknownProfile(UserError):
    """No import profile has this name."""


class InvalidProfile(UserError):
    """A profile file breaks the rules for profiles."""


class MissingColumn(UserError):
    """A required column is not in the file, or a named column does not exist."""


class UnknownCrs(UserError):
    """No coordinate reference system has this name."""


class UnknownZone(UserError):
    """No time zone has this name."""


class InvalidBoundaries(UserError):
    """Polygons that cannot serve as administrative boundaries."""


class InvalidPlaces(UserError):
    """A file that cannot serve as a place register."""


class NotFound(UserError):
    """A thing asked for by name or version (a run, boundaries, a batch) does not exist."""
