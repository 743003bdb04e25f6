"""Compiled loops and the threads they run on.

Loops that numpy cannot express are compiled by numba, kept on disk after the first call, and let
other threads run meanwhile. Work is cut into chunks whose size does not depend on the machine, and
each chunk that draws random numbers gets its own generator, so results are the same on any number
of cores. Plain threads are used instead of numba's own pool, which dies when a web server forks or
two jobs compute at once.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import numba

_QUICK_TURN_S = 5e-4
_turns = threading.Lock()
_intervals: list[float] = []
"""Those before each who wants quick turns, the usual one first: they may overlap in any order."""

Function = TypeVar("Function", bound=Callable[..., Any])
Result = TypeVar("Result")


def compiled(function: Function) -> Function:
    """Compile a function of numbers and arrays; compiled code is kept beside the source.

    Rounding is that of plain Python, so the same input gives the same digits everywhere.
    """
    compile_function: Callable[[Function], Any] = numba.njit(
        nogil=True, cache=True, error_model="numpy"
    )
    made: Function = compile_function(function)
    return made


@compiled
def _nothing() -> int:
    return 0


def wake_compiler() -> None:
    """Let numba make itself ready, which takes a quarter of a second, before the first loop runs.

    Examples
    --------
    >>> wake_compiler()
    """
    _nothing()


@contextmanager
def quick_turns() -> Iterator[None]:
    """Let threads take turns at Python ten times as often as usual.

    Compiled loops and Arrow need Python for a moment between their long ways without it; meanwhile
    a thread that never leaves Python would have each of them wait five milliseconds every time.

    Examples
    --------
    >>> with quick_turns():
    ...     sys.getswitchinterval()
    0.0005
    """
    with _turns:
        _intervals.append(sys.getswitchinterval())
        sys.setswitchinterval(_QUICK_TURN_S)
    try:
        yield
    finally:
        with _turns:
            sys.setswitchinterval(_intervals.pop())


def chunks(n: int, size: int) -> list[tuple[int, int]]:
    """Return the half-open ranges that cut `n` items into chunks of `size`.

    Examples
    --------
    >>> chunks(5, 2)
    [(0, 2), (2, 4), (4, 5)]
    """
    return [(start, min(start + size, n)) for start in range(0, n, size)]


def cores() -> int:
    """Return how many cores this process may use, or the machine's where that is not told.

    Examples
    --------
    >>> cores() >= 1
    True
    """
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def on_threads(tasks: Sequence[Callable[[], Result]]) -> Iterator[Result]:
    """Run tasks on as many threads as there are cores; yield results in the tasks' order.

    A consumer that stops early cancels what has not begun.

    Examples
    --------
    >>> list(on_threads([lambda: 1, lambda: 2]))
    [1, 2]
    """
    pool = ThreadPoolExecutor(max_workers=cores())
    try:
        for waiting in [pool.submit(task) for task in tasks]:
            yield waiting.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
