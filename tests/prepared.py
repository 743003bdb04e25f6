"""What every application that tests make would make anew, made once: it is the same each time.

A test makes its own application on its own home, thousands of times a run. Most of the time went
into work whose result depends on the program alone.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Hashable
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any
from unittest.mock import patch

from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule

from app.accounts import accounts
from app.accounts.passwords import hash_password
from app.db import Database


class CompiledTemplates(BytecodeCache):
    """Compiled templates of all applications of the process, by name and text."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what another application compiled."""
        bucket.code = self._known.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it for the next one."""
        if bucket.code is not None:
            self._known[bucket.key, bucket.checksum] = bucket.code


COMPILED = CompiledTemplates()


@cache
def _migrated() -> bytes:
    """Return a SQLite file with the newest tables and no row."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "app.sqlite3"
        database = Database(path)
        database.migrate()
        database.close()
        return path.read_bytes()


def give_tables(path: Path) -> None:
    """Put empty tables where there is no file yet: what migrating it would make.

    A log that is left of a file that was deleted belongs to none of these tables.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        for ending in ("-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)
        path.write_bytes(_migrated())


_hash_once = cache(hash_password)


def hashing_once() -> Any:
    """Give accounts that share a password one hash of it, as to make one is slow by design."""
    return patch.object(accounts, "hash_password", _hash_once)


def compile_routes_once() -> None:
    """Let werkzeug compile what builds a route's addresses once, not for each application.

    The function is given its rule when it is called; it is made of what stands in the key.
    """
    compile_builder = Rule._compile_builder
    known: dict[Hashable, Callable[..., tuple[str, str]]] = {}

    def compile_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        if rule.defaults:
            return compile_builder(rule, append_unknown)
        key = (rule.rule, tuple(rule._trace), append_unknown)
        if key not in known:
            known[key] = compile_builder(rule, append_unknown)
        return known[key]

    Rule._compile_builder = compile_once  # type: ignore[method-assign]


compile_routes_once()
