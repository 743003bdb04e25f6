"""What happens to a whole file on its way: cut off, flipped bits, wrapped, under a wrong name."""

from __future__ import annotations

import gzip
import io
import random
import zipfile
from collections.abc import Callable
from dataclasses import replace

from tests.geodata.fuzz.writing import Written

SHARE = 0.2
"""Files that are damaged."""


def _cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randint(0, len(data))]


def _flip(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice([1, 3, 20])):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _broken_text(data: bytes, rng: random.Random) -> bytes:
    pieces = (
        b"\xff",
        b"\xc3\x28",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\x80",
        b"\xfe\xff",
        b"\0",
    )
    place = rng.randint(0, len(data))
    return data[:place] + rng.choice(pieces) + data[place:]


def _zero_filled(data: bytes, rng: random.Random) -> bytes:
    """What a crash leaves: the right length, and zeros where the last blocks should be."""
    kept = rng.randint(0, len(data))
    return data[:kept] + bytes(len(data) - kept)


def _zipped(data: bytes, _: random.Random) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("cases.csv", data)
    return buffer.getvalue()


DAMAGES: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "cut off": _cut,
    "flipped": _flip,
    "broken text": _broken_text,
    "zero-filled": _zero_filled,
    "gzip": lambda data, _: gzip.compress(data),
    "zip": _zipped,
    "twice": lambda data, _: data + data,
    "marked twice": lambda data, _: b"\xef\xbb\xbf" + data,
    "with a tail": lambda data, rng: data + rng.randbytes(rng.randint(1, 200)),
}


def damage_file(written: Written, rng: random.Random) -> Written:
    """Damage the file in one way; its rows are then no longer known for certain."""
    name = rng.choice(list(DAMAGES))
    data = written.path.read_bytes()
    written.path.write_bytes(DAMAGES[name](data, rng))
    style = f"{written.style}; {name}"
    return replace(written, style=style, exact=False, refusal=True)
