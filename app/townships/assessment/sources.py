"""What the figures of a cycle are counted from."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.cases.reach import data_reach
from app.townships.assessment.cycles import Cycle
from app.townships.assessment.left_out import NOTHING_LEFT_OUT, LeftOut
from geodata.areas import boundary_version
from geodata.home import Home
from geodata.store import CaseStore

Renamed = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Earlier:
    """What the cycle before is counted from, once that is closed.

    Attributes
    ----------
    cases : int
        Version of the case store that it was closed with.
    left_out : LeftOut
        What was not assessed then.
    renamed : tuple of (str, str)
        Codes that its cases have, and those that they have become since.
    """

    cases: int
    left_out: LeftOut = NOTHING_LEFT_OUT
    renamed: Renamed = ()


@dataclass(frozen=True)
class Source:
    """What cycles are counted from: the same source gives the same figures.

    Attributes
    ----------
    cases : int
        Version of the case store.
    townships : str
        Version of the townships' boundaries.
    zone : str
        Time zone whose clock cuts the days.
    left_out : LeftOut
        What is not assessed, beside what the cases themselves say.
    earlier : Earlier or None
        None where the cycle before is counted from the same.
    renamed : tuple of (str, str)
        Codes of townships that cases of then have, and those that the boundaries have for them.
    """

    cases: int
    townships: str
    zone: str
    left_out: LeftOut = NOTHING_LEFT_OUT
    earlier: Earlier | None = None
    renamed: Renamed = ()

    @property
    def of_now(self) -> Source:
        """What the cycle itself is counted from."""
        return replace(self, earlier=None)

    def with_before(self, cycle: Cycle) -> tuple[tuple[Source, tuple[Cycle, ...]], ...]:
        """Return what a cycle and the one before are counted from: the same unless that is closed.

        It then stays as it was closed, but by the boundaries of now, so that both compare.
        """
        if self.earlier is None:
            return ((self, (cycle, cycle.previous)),)
        then = self.earlier
        before = Source(then.cases, self.townships, self.zone, then.left_out, renamed=then.renamed)
        return (self.of_now, (cycle,)), (before, (cycle.previous,))


def source_of_now(
    home: Home, left_out: LeftOut = NOTHING_LEFT_OUT, earlier: Earlier | None = None
) -> Source | None:
    """Return the newest versions; None while there are no cases or no boundaries."""
    version, areas = CaseStore(home).version, boundary_version(home, "township")
    reach = data_reach(home)
    if version is None or areas is None or reach is None:
        return None
    return Source(version, areas, reach.zone, left_out, earlier)
