"""A text is read in its encoding, however it is cut on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from geodata.reading.encodings import UNDECIDED, Encoding, Utf8Stream


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("ascii_bytes", range(6, 14))
def test_a_character_that_a_read_cuts_decides_nothing(
    tmp_path: Path, encoding: str, ascii_bytes: int
) -> None:
    text = "a" * ascii_bytes + "路灯不亮，夜间施工。" * 3 + "b" * 30
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode(encoding))
    with Utf8Stream(path, Encoding(UNDECIDED)) as stream:
        parts = list(iter(lambda: stream.read(10), b""))
    assert b"".join(parts).decode() == text
    assert max(map(len, parts)) <= 10
