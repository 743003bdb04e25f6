"""A web process that leaves a new connection to another one while that holds fewer.

Gunicorn's web processes race for each connection, and a browser keeps the one it got: of fifty that
came together one of two processes took 34, and its readers waited twice as long as the others'.
"""

from __future__ import annotations

import os
from multiprocessing.sharedctypes import RawArray
from socket import socket
from time import sleep
from types import FrameType
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

SLOTS = 64
"""More than there are web processes at any time, with those that are being replaced."""

HELD_BACK_S = 0.002
"""For so long another may take what is waiting; then it is taken here."""

_held = RawArray("i", SLOTS)
"""Of each process one more than the connections it holds; 0 where there is none.

Made before the processes are forked, and so seen by all of them. Nobody locks it: a number that is
read a moment too early costs a wait, or none where one would have been better.
"""


class WebProcess(ThreadWorker):  # type: ignore[misc]
    """Gunicorn's process with threads, but for who takes the next connection."""

    def __init__(self, age: int, *args: Any, **kwargs: Any) -> None:
        # Made in the arbiter, one after the other: a free slot stays free until it is taken here.
        self._slot = next(slot for slot, held in enumerate(_held) if not held)
        super().__init__(age, *args, **kwargs)

    @property
    def nr_conns(self) -> int:
        """How many connections it holds; gunicorn counts them here."""
        return int(_held[self._slot]) - 1

    @nr_conns.setter
    def nr_conns(self, count: int) -> None:
        _held[self._slot] = count + 1

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        """End at once: who is told to while it still starts has nothing to end in order.

        Gunicorn would raise an exception in the middle of an import, which then tells of it.
        """
        if not self.booted:
            os._exit(0)
        super().handle_quit(sig, frame)

    def accept(self, listener: socket) -> None:
        """Take a waiting connection, or leave it to a process that holds fewer."""
        if any(0 < other < _held[self._slot] for other in _held):
            sleep(HELD_BACK_S)
        super().accept(listener)


def forget(_server: object, gone: WebProcess) -> None:
    """Forget the connections of a process that has ended."""
    _held[gone._slot] = 0
