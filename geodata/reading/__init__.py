"""From a file as people send it to typed cases, and to rejects that say what was wrong.

`readers` tells what a file is and opens it (`delimited`, `columnar`, `workbooks`), `headers` finds
its header, `parse` makes cases of its rows, `rejects` keeps the rows that did not become cases.
"""

from geodata.reading.cases import CaseFile, ParsedBatch, open_cases, read_cases
from geodata.reading.rejects import (
    KEEP_DAYS,
    REJECT_SCHEMA,
    RejectWriter,
    build_rejects,
    delete_expired,
)

__all__ = [
    "KEEP_DAYS",
    "REJECT_SCHEMA",
    "CaseFile",
    "ParsedBatch",
    "RejectWriter",
    "build_rejects",
    "delete_expired",
    "open_cases",
    "read_cases",
]
