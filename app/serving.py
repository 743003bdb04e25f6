"""Run the server and its worker, and stop both cleanly."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime
from time import sleep
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from app.config import Settings, Tls
from app.transport import tls_context
from app.web_process import WebProcess, forget

log = logging.getLogger(__name__)

THREADS = 4
"""Of each web process. They take turns at one interpreter: with more, answers wait for one another;
with fewer, two long exports would stop everyone."""

WORKER_GRACE_S = 10
"""How long the worker may take to end its job's current step before it is ended."""

PARENT_CHECK_S = 1.0

WORKER_CHECK_S = 0.5

RESTART_PAUSE_S = 2.0
"""Before a worker that ended by itself is started anew: one that cannot start must not spin."""

COMMAND = (sys.executable, "-P", "-m", "app.cli")
"""This program in a process of its own, whatever stands in the folder it is started from."""


class _DiscreetLog(Logger):  # type: ignore[misc]
    """Gunicorn's log without what it was asked: addresses and headers may tell of people."""

    def warning(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        text = str(msg)
        if text.startswith("Invalid request"):
            text, args = text.partition(": ")[0], ()
        super().warning(text, *args, **kwargs)

    def exception(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Tell the kind of a failure outside the application, which logs its own failures."""
        if str(msg).startswith("Error handling request"):
            kind = type(sys.exc_info()[1]).__name__
            super().error("Error handling a request: %s", kind)
        else:
            super().exception(msg, *args, **kwargs)


class _Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn with its settings from code; the application is built in the web process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        settings = self._settings
        for name, value in {
            "bind": f"{settings.host}:{settings.port}",
            "workers": settings.web_processes,
            "worker_class": WebProcess,
            "threads": THREADS,
            "child_exit": forget,
            "timeout": 120,
            "graceful_timeout": 5,
            "loglevel": "warning",
            "logger_class": _DiscreetLog,
            "proc_name": "suyuan",
            "control_socket_disable": True,
            # Whose forwarded headers count is decided in one place, `app.transport`.
            "forwarded_allow_ips": "",
        }.items():
            self.cfg.set(name, value)
        if settings.tls is not None:
            self._serve_with(settings.tls)

    def _serve_with(self, tls: Tls) -> None:
        self.cfg.set("certfile", str(tls.certificate))
        self.cfg.set("keyfile", str(tls.key))
        self.cfg.set("ssl_context", lambda _config, _default: tls_context(tls))

    def load(self) -> Any:
        from app import create_app

        return create_app(self._settings)


def serve_until_stopped(settings: Settings) -> None:
    """Serve, with a worker beside, until Ctrl-C or SIGTERM."""
    _prepare(settings)
    stopping = threading.Event()
    # Started before gunicorn forks: a web process forked in the middle of it would hold the pipe on
    # which its start is awaited, and the worker would never be looked after.
    worker = _start_worker(settings)
    keeping = (settings, worker, stopping)
    keeper = threading.Thread(target=_keep_worker, args=keeping, name="keep-worker")
    keeper.start()
    server = os.getpid()
    try:
        _Server(settings).run()
    finally:
        # The web process is forked inside `run` and passes here too when it ends.
        if os.getpid() == server:
            stopping.set()
            keeper.join()


def work_until_stopped(settings: Settings) -> None:
    """Take jobs from the queue until told to stop, or until the server is gone."""
    from app import create_app
    from app.cases.uploads import delete_leftovers
    from app.services import services

    found = services(create_app(settings))
    jobs = found.jobs
    jobs.abandon_interrupted()
    jobs.queue_forgotten()
    delete_leftovers(found.home, datetime.now(UTC))
    _stop_with_parent()
    jobs.consumer().run()


def _prepare(settings: Settings) -> None:
    """Bring the tables up to date once, before several processes open them."""
    from app.db import Database

    database = Database.of(settings)
    database.migrate()
    database.close()


def _keep_worker(
    settings: Settings, worker: subprocess.Popen[bytes], stopping: threading.Event
) -> None:
    """Have a worker until `stopping`: without one, jobs would wait for ever and say nothing."""
    while True:
        while not stopping.wait(WORKER_CHECK_S) and worker.poll() is None:
            pass
        if stopping.is_set():
            _stop(worker)
            return
        log.warning("The worker ended by itself (out of memory?); it is started anew.")
        if stopping.wait(RESTART_PAUSE_S):
            return
        worker = _start_worker(settings)


def _start_worker(settings: Settings) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603
        [*COMMAND, "worker"],
        env={**os.environ, "SUYUAN_HOME": str(settings.home), "SUYUAN_PARENT": str(os.getpid())},
        # Its own session: Ctrl-C reaches only the server, which then ends the worker in order.
        start_new_session=True,
    )


def _stop(worker: subprocess.Popen[bytes]) -> None:
    worker.send_signal(signal.SIGINT)
    try:
        worker.wait(WORKER_GRACE_S)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()


def _stop_with_parent() -> None:
    """End this process when the server was killed and could not say so."""
    parent = os.environ.get("SUYUAN_PARENT")
    if parent is None:
        return

    def watch() -> None:
        while os.getppid() == int(parent):
            sleep(PARENT_CHECK_S)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
