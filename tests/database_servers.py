"""Throw-away servers of Debian's own binaries, on sockets in a folder of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import psycopg
import pytest
import redis
from sqlalchemy.engine import make_url

NO_POSTGRESQL = "PostgreSQL not found: apt-get install postgresql, or set SUYUAN_TEST_POSTGRES"
NO_REDIS = "Redis not found: apt-get install redis-server"
OTHER_USERS = ("postgres", "nobody")
"""Of whom one runs PostgreSQL for root, for whom it does not run."""

START_SECONDS = 60


def postgresql_binaries() -> Path | None:
    """Return the folder of the newest server that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: p.parts[-3])
    if found:
        return found[-1].parent
    elsewhere = shutil.which("initdb")
    return None if elsewhere is None else Path(elsewhere).resolve().parent


@contextmanager
def postgresql_server() -> Iterator[str]:
    """Give the URL of a server on which databases can be made."""
    if url := os.environ.get("SUYUAN_TEST_POSTGRES"):
        yield url
        return
    binaries = postgresql_binaries()
    if binaries is None:
        pytest.skip(NO_POSTGRESQL)
    # Not below pytest's own folder, which other users may not enter.
    folder = Path(tempfile.mkdtemp(prefix="suyuan-pg-"))
    try:
        yield from _run_cluster(binaries, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run_cluster(binaries: Path, folder: Path) -> Iterator[str]:
    other = _other_user(folder)
    data = folder / "data"

    def run(program: str, *arguments: str) -> None:
        command = [*other, str(binaries / program), "-D", str(data), *arguments]
        # Its server would keep a pipe open for as long as it runs.
        with (folder / f"{program}.log").open("ab") as log:
            subprocess.run(command, check=True, stdout=log, stderr=log, cwd="/")

    run("initdb", "-U", "suyuan", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
    options = (
        f"-k {folder} -c listen_addresses='' -c fsync=off -c synchronous_commit=off "
        "-c full_page_writes=off -c timezone=Asia/Shanghai"
    )
    run("pg_ctl", "-w", "-t", str(START_SECONDS), "-o", options, "start")
    try:
        yield f"postgresql://suyuan@/postgres?host={folder}"
    finally:
        run("pg_ctl", "-w", "-m", "immediate", "stop")


def _other_user(folder: Path) -> list[str]:
    """Return what stands before a command that must not be run by root; the folder is theirs."""
    if os.geteuid() != 0:
        return []
    for name in OTHER_USERS:
        try:
            shutil.chown(folder, name)
        except LookupError:
            continue
        return ["runuser", "-u", name, "--"]
    pytest.skip(f"PostgreSQL does not run as root, and none of {OTHER_USERS} is there")


@contextmanager
def postgresql_database(server: str) -> Iterator[str]:
    """Give the URL of an empty database, dropped afterwards."""
    name = f"suyuan_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield make_url(server).set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """Give the URL of a Redis that keeps nothing on disk."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip(NO_REDIS)
    socket = folder / "redis.sock"
    options = ("--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder))
    server = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
    url = f"unix://{socket}"
    try:
        _wait_for(url)
        yield url
    finally:
        server.terminate()
        server.wait(START_SECONDS)


def _wait_for(url: str) -> None:
    deadline = monotonic() + START_SECONDS
    while monotonic() < deadline:
        try:
            redis.Redis.from_url(url).ping()
        except redis.ConnectionError:
            sleep(0.05)
        else:
            return
    pytest.fail(f"Redis did not answer within {START_SECONDS} s")
