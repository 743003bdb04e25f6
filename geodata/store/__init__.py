"""The case store: cases by month in Delta Lake, and the deliveries that they are made of.

`tables` is one Delta table, `history` the table of deliveries, `folding` what makes a current row
of deliveries, `recognising` what finds rows that are stored already by `stored_months`, `incoming`
a batch on its way, `comparing` what tells which of its cases are stored, `upserting`, `relocating`
and `withdrawing` the ways to write, `replacing` what keeps rows in their places, `upkeep` merging
and cleaning files, `commit_log` what the commits say, `cases` the store itself.
"""

from geodata.store.cases import CaseStore, CleaningReport, StoreCounts, usages
from geodata.store.commit_log import FALSE_POINTS, IMPORT, RELOCATION, SYSTEM, WITHDRAWAL, CommitLog
from geodata.store.comparing import Compared
from geodata.store.folding import delivered_columns
from geodata.store.lives import CaseLife, Change, Delivery
from geodata.store.matching import SOURCE_TIMES, source_time
from geodata.store.placed import Placed, count_placed
from geodata.store.recognising import RowsToldAgain
from geodata.store.upserting import UpsertCounts, Upserted
from geodata.store.withdrawing import WithdrawalCounts

__all__ = [
    "FALSE_POINTS",
    "IMPORT",
    "RELOCATION",
    "SOURCE_TIMES",
    "SYSTEM",
    "WITHDRAWAL",
    "CaseLife",
    "CaseStore",
    "Change",
    "CleaningReport",
    "CommitLog",
    "Compared",
    "Delivery",
    "Placed",
    "RowsToldAgain",
    "StoreCounts",
    "UpsertCounts",
    "Upserted",
    "WithdrawalCounts",
    "count_placed",
    "delivered_columns",
    "source_time",
    "usages",
]
