"""Compiled templates, kept in the home so that a new process need not compile them again.

To compile the templates of a page takes longer than to make the page, and every process did so.
"""

from __future__ import annotations

import pickle
from contextlib import suppress
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket, FileSystemBytecodeCache

FOLDER = "templates"

PATTERN = f"jinja-{jinja2.__version__}-%s"
"""Jinja knows a compiled template by the text that it was made of and by Python's version; what
another Jinja compiled is not taken either."""

BROKEN = (OSError, EOFError, ValueError, TypeError, pickle.UnpicklingError)
"""What a file that was cut off, or is not to be read, ends in."""


class KeptTemplates(FileSystemBytecodeCache):
    """A folder of compiled templates; what it does not hold, or not whole, is compiled again."""

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take a compiled template, if it is there and whole."""
        try:
            super().load_bytecode(bucket)
        except BROKEN:
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a compiled template, where the disk takes it."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


def kept_templates(cache: Path) -> KeptTemplates:
    """Return the compiled templates below a home's folder of what can be made again.

    They are code, and so they lie where only who runs the program writes, never in a folder that
    others share.
    """
    folder = cache / FOLDER
    with suppress(OSError):
        # One by one: parents that are made along the way would be open to all.
        for each in (cache, folder):
            each.mkdir(mode=0o700, exist_ok=True)
    return KeptTemplates(str(folder), PATTERN)
