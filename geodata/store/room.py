"""Look for room before writing: a disk that fills up half-way makes native code speak in panics."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from geodata.errors import DiskFull

_MEGABYTE = 1 << 20


def check_room(folder: Path, staged: Iterable[Path], months: Sequence[str] = ()) -> None:
    """Refuse to write what there is no room for.

    Parameters
    ----------
    folder : Path
        Of the table.
    staged : iterable of Path
        Files whose rows are to be written; compressed Arrow takes no less than Parquet.
    months : sequence of str
        Months of the table whose files may be written anew.

    Raises
    ------
    DiskFull
    """
    rewritten = [path for month in months for path in folder.glob(f"month={month}/*.parquet")]
    needed = sum(path.stat().st_size for path in (*staged, *rewritten))
    free = shutil.disk_usage(folder if folder.exists() else folder.parent).free
    if free < needed:
        figures = f"{needed / _MEGABYTE:,.1f} MB", f"{free / _MEGABYTE:,.1f} MB"
        raise DiskFull(
            f"{folder}: no space left: about {figures[0]} wanted, {figures[1]} free; "
            "nothing was stored: make room and do it again",
            f"{folder}：磁盘空间不足：约需 {figures[0]}，剩余 {figures[1]}；"
            "数据没有写入，请腾出空间后重试",
        )
