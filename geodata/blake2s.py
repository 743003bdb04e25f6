"""BLAKE2s of short messages under one key, as `hashlib` has it, for compiled loops.

Calling `hashlib` from Python for each of millions of messages takes four times as long, and keeps
other threads from running.

References
----------
.. [1] RFC 7693, The BLAKE2 Cryptographic Hash and Message Authentication Code.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spatial._compiled import compiled

_BLOCK = 64  # bytes
_ROUNDS = 10
_START = np.array(
    [
        *(0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A),
        *(0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19),
    ],
    dtype=np.uint32,
)
_ORDERS = np.array(
    [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
        [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
        [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
        [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
        [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
        [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
        [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
        [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
        [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
        [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
    ],
    dtype=np.uint8,
)
"""In which each round takes the words of a block."""

State = NDArray[np.uint32]


def state_after_key(key: bytes, size: int) -> State:
    """Return the state that has taken in a key, from which each message goes on.

    Parameters
    ----------
    key : bytes
        1–32 bytes.
    size : int
        Bytes of the hash that are kept.
    """
    if not 1 <= len(key) <= 32:
        raise ValueError(f"a key of {len(key)} bytes; BLAKE2s takes 1 to 32")
    state = _START.copy()
    state[0] ^= np.uint32(0x01010000 | len(key) << 8 | size)
    block = np.frombuffer(key.ljust(_BLOCK, b"\0"), dtype=np.uint32)
    _compress(state, block, np.uint32(_BLOCK), False, np.empty(16, dtype=np.uint32))
    return state


@compiled
def finish(state: Any, block: Any, length: int, room: Any) -> None:
    """Bring a state that has taken in the key to the hash of the key's only message.

    Parameters
    ----------
    state : ndarray of uint32
        From `state_after_key`; becomes the hash.
    block : ndarray of uint32
        16 words: the message, then zeros.
    length : int
        Bytes of the message, at most 64.
    room : ndarray of uint32
        16 words to work in.
    """
    _compress(state, block, np.uint32(_BLOCK + length), True, room)


@compiled
def _compress(state: Any, block: Any, taken: Any, last: bool, v: Any) -> None:
    for i in range(8):
        v[i], v[i + 8] = state[i], _START[i]
    v[12] ^= taken
    if last:
        v[14] ^= np.uint32(0xFFFFFFFF)
    for number in range(_ROUNDS):
        order = _ORDERS[number]
        for i in range(4):
            _mix(v, i, i + 4, i + 8, i + 12, block[order[2 * i]], block[order[2 * i + 1]])
        for i in range(4):
            x, y = block[order[8 + 2 * i]], block[order[9 + 2 * i]]
            _mix(v, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4, x, y)
    for i in range(8):
        state[i] ^= v[i] ^ v[i + 8]


@compiled
def _mix(v: Any, a: int, b: int, c: int, d: int, x: Any, y: Any) -> None:
    v[a] += v[b] + x
    v[d] = _turn(v[d] ^ v[a], 16)
    v[c] += v[d]
    v[b] = _turn(v[b] ^ v[c], 12)
    v[a] += v[b] + y
    v[d] = _turn(v[d] ^ v[a], 8)
    v[c] += v[d]
    v[b] = _turn(v[b] ^ v[c], 7)


@compiled
def _turn(word: Any, bits: int) -> Any:
    return (word >> np.uint32(bits)) | (word << np.uint32(32 - bits))
