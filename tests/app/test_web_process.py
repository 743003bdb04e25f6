"""Who of the web processes takes the next connection."""

import subprocess
import sys
from types import SimpleNamespace

import pytest
from gunicorn.workers.gthread import ThreadWorker

from app import web_process
from app.web_process import HELD_BACK_S, WebProcess, forget


def process(age: int, connections: int) -> WebProcess:
    settings = SimpleNamespace(worker_connections=1000, threads=4, max_requests=0)
    made = WebProcess.__new__(WebProcess)
    made._slot = age
    made.cfg = settings
    made.nr_conns = connections
    return made


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch):
    """Return the waits before a connection was taken; nothing is really taken."""
    monkeypatch.setattr(web_process, "_held", [0] * web_process.SLOTS)
    monkeypatch.setattr(ThreadWorker, "accept", lambda self, _listener: None)
    found: list[float] = []
    monkeypatch.setattr(web_process, "sleep", found.append)
    return found


@pytest.mark.parametrize(
    ("mine", "other", "waited"), [(3, 2, [HELD_BACK_S]), (2, 2, []), (0, 5, [])]
)
def test_who_holds_more_lets_the_other_go_first(mine, other, waited, waits):
    taker, _other = process(1, mine), process(2, other)
    taker.accept(None)
    assert waits == waited


def test_a_process_that_ended_is_waited_for_no_longer(waits):
    taker, gone = process(1, 3), process(2, 0)
    forget(None, gone)
    taker.accept(None)
    assert waits == []


def test_a_new_process_takes_a_slot_that_is_free(waits, monkeypatch):
    """However many were made before it: a process that lives on keeps its own."""
    monkeypatch.setattr(ThreadWorker, "__init__", lambda self, _age: setattr(self, "nr_conns", 0))
    old, gone = WebProcess(1), WebProcess(2)
    old.nr_conns = 10
    for age in range(3, 3 + 2 * web_process.SLOTS):
        forget(None, gone)
        gone = WebProcess(age)
        assert old.nr_conns == 10
        assert gone.nr_conns == 0


def test_an_only_process_waits_for_nobody(waits):
    process(1, 30).accept(None)
    assert waits == []


ENDED_WHILE_IT_STARTS = """
import os, signal
from app.web_process import WebProcess
starting = WebProcess.__new__(WebProcess)
starting.booted = False
signal.signal(signal.SIGINT, starting.handle_quit)
try:
    os.kill(os.getpid(), signal.SIGINT)
    signal.pause()
except BaseException:
    raise ImportError("an import was told of it")
"""


def test_who_is_told_to_end_while_it_starts_ends_without_a_word():
    ended = subprocess.run(
        [sys.executable, "-c", ENDED_WHILE_IT_STARTS], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
