"""What every result starts from: the townships, and a version of the case store."""

from __future__ import annotations

from app.cases.listing import has_cases
from app.errors import NothingToAnalyse
from geodata.areas import Boundaries, current_boundaries
from geodata.home import Home
from geodata.relocation import follow_boundaries
from geodata.store import CaseStore


def boundaries_and_version(home: Home, case_version: int | None) -> tuple[Boundaries, int]:
    """Return the townships as they are now, and the version of the case store to read.

    Parameters
    ----------
    home : Home
    case_version : int or None
        The one that is asked for; None for the newest.

    Raises
    ------
    NothingToAnalyse
        Boundaries or cases are missing.
    """
    boundaries = current_boundaries(home, "township")
    if boundaries is None:
        raise NothingToAnalyse(
            "no township boundaries yet: run `suyuan boundaries import FILE --level township`",
            "还没有街乡镇边界，请先运行 suyuan boundaries import",
        )
    if case_version is None:
        # An import of boundaries may have been killed before the cases had followed.
        follow_boundaries(home)
    version = CaseStore(home).version if case_version is None else case_version
    if not has_cases(home) or version is None:
        raise NothingToAnalyse(
            "no cases yet: run `suyuan cases import FILE --profile NAME`",
            "还没有诉求数据，请先导入",
        )
    return boundaries, version
