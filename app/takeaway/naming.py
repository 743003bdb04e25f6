"""Names of files: run or filter, time and layers, and nothing that names a person or a place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from app.hotspots.periods import WHOLE_SPAN


def file_name(run_id: str, kind: str, step: int, layers: tuple[str, ...]) -> str:
    """Return the name under which a file leaves.

    Examples
    --------
    >>> file_name("0123456789abcdef", "csv", 3, ("cells",))
    'suyuan-0123456789abcdef-cells-step3.csv'
    """
    when = "all" if step == WHOLE_SPAN else f"step{step}"
    return f"suyuan-{run_id}-{'+'.join(layers)}-{when}.{kind}"


def counted_name(
    mark: str, span: tuple[date, date] | None, layers: Sequence[str], kind: str
) -> str:
    """Return the name under which the counts of a filter leave; `mark` tells filters apart.

    Examples
    --------
    >>> counted_name("v3-0a1b2c3d", (date(2025, 12, 16), date(2026, 1, 1)), ["cells"], "csv")
    'suyuan-counts-v3-0a1b2c3d-cells-20251216-20251231.csv'
    """
    days = f"{span[0]:%Y%m%d}-{span[1] - timedelta(1):%Y%m%d}" if span else "none"
    return f"suyuan-counts-{mark}-{'+'.join(layers)}-{days}.{kind}"
