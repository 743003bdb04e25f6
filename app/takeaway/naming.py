"""Names of files: the run, the time and the layers, and nothing that names a person or a place."""

from __future__ import annotations

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
