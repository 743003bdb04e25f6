"""Staged cases as Parquet files by month, laid out as the case store wants them.

Rows are written once: a staged month lies in ``month=2024-01/NAME.parquet``, and the store takes
the file over by a rename and one entry in its log. Beside it stand, in the order of its rows, the
hash of each id and the number of the row in the file that was imported (`beside`), for which the
store has no use, and perhaps marks (`geodata.row_marks`), which it keeps. Columns that the rows
cannot fill are left out (`geodata.left_out`).

Rows come in any order of months: `sorting` sorts some of them, and in `writing` they wait in memory
until enough are together for row groups of some size. `staged` reads and changes what is staged,
`repeats` finds ids that came twice.
"""

from geodata.month_files.beside import hashes_of_staged, read_beside
from geodata.month_files.layout import (
    DISTINCT,
    FILE_SCHEMA,
    GROUP_ROWS,
    PARTITION,
    file_name,
    month_of,
    without_month,
)
from geodata.month_files.repeats import ids_like, repeated_ids
from geodata.month_files.sorting import SortedCases, hash_ids, sort_by_month
from geodata.month_files.staged import (
    read_month,
    rewrite_month,
    rows_of,
    scan_months,
    without_ids,
)
from geodata.month_files.writing import MonthWriter

__all__ = [
    "DISTINCT",
    "FILE_SCHEMA",
    "GROUP_ROWS",
    "PARTITION",
    "MonthWriter",
    "SortedCases",
    "file_name",
    "hash_ids",
    "hashes_of_staged",
    "ids_like",
    "month_of",
    "read_beside",
    "read_month",
    "repeated_ids",
    "rewrite_month",
    "rows_of",
    "scan_months",
    "sort_by_month",
    "without_ids",
    "without_month",
]
