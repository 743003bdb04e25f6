"""Townships by the cases received in a cycle: who the first ten are, ties told.

They are of the raw ledger 全量: what is left out of an assessment never leaves these counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal, get_args

from app.hotspots.filtered.forms import Attribution
from app.townships.assessment.counting import count_cycles
from app.townships.assessment.cycles import Cycle
from app.townships.assessment.rules import Rules
from app.townships.assessment.sources import Source, source_of_now
from geodata.home import Home

Ties = Literal["all", "none"]
TIES: tuple[Ties, ...] = get_args(Ties)


@dataclass(frozen=True)
class Leader:
    """A township by its cases.

    Attributes
    ----------
    code, name, district : str
    cases : int
        Received in the cycle, raw.
    rank : int
        1 for the most cases, ties alike.
    tied : bool
        Whether another has as many.
    """

    code: str
    name: str
    district: str
    cases: int
    rank: int
    tied: bool


def most_cases(
    home: Home,
    cycle: Cycle,
    attribution: Attribution = "reported",
    source: Source | None = None,
) -> tuple[Leader, ...]:
    """Return all townships by the cases received in a cycle, the most first, ties by code.

    Nothing while there are no cases or no boundaries.

    Parameters
    ----------
    home : Home
    cycle : Cycle
    attribution : str
    source : Source, optional
        What to count from, as of a closed cycle; the newest by default.
    """
    source = source or source_of_now(home)
    if source is None:
        return ()
    rules = Rules(attribution=attribution, basis="received")
    (table,) = count_cycles(home, source, (cycle,), rules)
    areas = table.boundaries
    counts = [int(n) for n in table.cases[:-1]]
    as_many = Counter(counts)
    ordered = sorted(range(len(counts)), key=lambda at: (-counts[at], str(areas.codes[at])))
    rank_of: dict[int, int] = {}
    for position, at in enumerate(ordered, 1):
        rank_of.setdefault(counts[at], position)
    return tuple(
        Leader(
            code=str(areas.codes[at]),
            name=str(areas.names[at]),
            district=str(areas.district_names[at] or ""),
            cases=counts[at],
            rank=rank_of[counts[at]],
            tied=as_many[counts[at]] > 1,
        )
        for at in ordered
    )


def first(leaders: Sequence[Leader], n: int, ties: Ties = "all") -> tuple[Leader, ...]:
    """Return the first `n`; a township without a case is never among them.

    Parameters
    ----------
    leaders : sequence of Leader
        As `most_cases` orders them.
    n : int
    ties : {"all", "none"}
        Of those that share the last place, where not all of them fit: all, or none of them.

    Examples
    --------
    >>> three = [Leader(code, code, "", cases, rank, rank > 1)
    ...          for code, cases, rank in (("A", 9, 1), ("B", 5, 2), ("C", 5, 2))]
    >>> [[each.code for each in first(three, 2, ties)] for ties in TIES]
    [['A', 'B', 'C'], ['A']]
    """
    found = tuple(takewhile(lambda each: each.rank <= n and each.cases > 0, leaders))
    if ties == "all" or len(found) <= n:
        return found
    return tuple(each for each in found if each.rank < found[-1].rank)
