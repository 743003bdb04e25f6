"""By what an imported file is known, and how its batch is named."""

from __future__ import annotations

import itertools
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from blake3 import blake3

from geodata.reading import CaseFile

HASH_DIGITS = 8
"""Of a batch's name that tell its file."""

_START_BYTES = 1 << 20
"""Of a file, by which its batch is named."""

_HASHED_AT_ONCE = 1 << 19
"""Bytes: as much as a core keeps at hand."""


def digest_of(cases: CaseFile, path: Path, sheet: str | None) -> str:
    """Tell by what is read, and how, whether two imports are of the same file."""
    digest, block = blake3(), memoryview(bytearray(_HASHED_AT_ONCE))
    with path.open("rb", buffering=0) as file:
        while size := file.readinto(block):
            digest.update(block[:size])
    digest.update(_manner(cases, sheet).encode())
    return digest.hexdigest()


def name_batch(
    cases: CaseFile, path: Path, sheet: str | None, now: datetime, taken: Collection[str]
) -> str:
    """Name a batch by its moment and its file; of two in one second the second gets a number.

    The file is told by its start and its size, for the rest has not been read yet.
    """
    with path.open("rb") as file:
        digest = blake3(file.read(_START_BYTES))
    digest.update(f"{path.stat().st_size}|{_manner(cases, sheet)}".encode())
    name = f"{stamp_of(now)}-{digest.hexdigest()[:HASH_DIGITS]}"
    numbered = (f"{name}-{number}" for number in itertools.count(2))
    return name if name not in taken else next(n for n in numbered if n not in taken)


def _manner(cases: CaseFile, sheet: str | None) -> str:
    """Tell in which manner a file is read."""
    return f"{cases.profile.name}|{cases.crs}|{cases.zone}|{sheet or ''}"


def stamp_of(now: datetime) -> str:
    """Return a moment as batches are named by it: later ones sort after earlier ones."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%S}"
