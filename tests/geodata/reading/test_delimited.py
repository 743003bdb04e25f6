"""Text files a block at a time: what is refused is told as it comes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from geodata.reading import delimited, open_cases

NOW = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "good", [range(0), range(0, 5_000, 7), range(0, 5_000, 100), range(4_000, 5_000)]
)
def test_refused_rows_do_not_pile_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, good: range
) -> None:
    """An export whose lines end in one comma too many has hardly any good row."""
    monkeypatch.setattr(delimited, "BLOCK_BYTES", 4_096)
    monkeypatch.setattr(delimited, "_BATCH_BYTES", 20_000)
    monkeypatch.setattr(delimited, "_SLOW_BATCH_ROWS", 500)
    rows = 5_000
    lines = [f"A{n},2025-01-02 08:00:00,x{'' if n in good else ','}" for n in range(rows)]
    path = tmp_path / "cases.csv"
    path.write_text("\n".join(["case_id,received_at,title", *lines]))
    read = list(open_cases(path, "suyuan", caller_key=b"k", now=NOW))
    assert len(read) > 5
    assert max(len(batch.rejects) for batch in read) < 3_000
    stored = [row for batch in read for row in batch.cases["source_row"].to_pylist()]
    refused = [row for batch in read for row in batch.rejects["source_row"].to_pylist()]
    assert stored == [n + 2 for n in good]
    assert refused == [n + 2 for n in range(rows) if n not in good]
