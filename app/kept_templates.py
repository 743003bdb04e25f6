"""Compiled templates, kept beside the program so that a new process need not compile them again.

To compile the templates of a page takes longer than to make the page, and every process did so.
Jinja finds a compiled one by the text of its template: what has changed is compiled again.
"""

from __future__ import annotations

import logging
from contextlib import suppress

from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket

log = logging.getLogger(__name__)


class KeptTemplates(FileSystemBytecodeCache):
    """A folder of compiled templates; what cannot be written there is compiled again next time."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a compiled template, where the disk takes it."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


def kept_templates() -> KeptTemplates | None:
    """Return the user's own folder in the system's temporary one, None where it is not safe.

    It holds code: a folder that others may write to, or that belongs to somebody else, is not used.
    """
    try:
        return KeptTemplates()
    except (OSError, RuntimeError) as error:
        log.warning("templates are compiled in each process: %s", error)
        return None
