"""A public 311 interface on this machine, with all the moods of a real one."""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Rows = list[dict[str, Any]]
Mood = Callable[[BaseHTTPRequestHandler], bool]
"""Answers a request in place of the interface; False leaves it to the interface."""


class Fake:
    """What the server has, how it feels, and what it was asked."""

    def __init__(self) -> None:
        self.rows: Rows = []
        self.moods: dict[int, Mood] = {}
        self.asked: list[dict[str, str]] = []
        self.cap = 10_000
        self.turns_pages = True
        self.before: Callable[[int], None] = lambda number: None

    def answer(self, path: str, query: dict[str, str]) -> Any:
        return self._socrata(query) if path.startswith("/resource/") else self._open311(query)

    def _socrata(self, query: dict[str, str]) -> Rows:
        rows = self.rows
        for field, sign, value in re.findall(r"(\S+) (>=|<) '([^']*)'", query.get("$where", "")):
            keep = {">=": lambda a, b: a >= b, "<": lambda a, b: a < b}[sign]
            rows = [row for row in rows if keep(row[field], value)]
        if query.get("$select", "").startswith("count"):
            return [{"n": str(len(rows))}]
        assert query["$order"] == ":id"
        rows = sorted(rows, key=lambda row: row[":id"])
        offset = int(query.get("$offset", 0))
        return rows[offset : offset + min(int(query["$limit"]), self.cap)]

    def _open311(self, query: dict[str, str]) -> Rows:
        start, end = (datetime.fromisoformat(query[name]) for name in ("start_date", "end_date"))
        rows = [
            row for row in self.rows
            if start <= datetime.fromisoformat(row["requested_datetime"]) < end
        ]  # fmt: skip
        size = min(int(query["page_size"]), self.cap)
        first = (int(query["page"]) - 1) * size if self.turns_pages else 0
        return rows[first : first + size]


def status(code: int, **headers: str) -> Mood:
    def answer(handler: BaseHTTPRequestHandler) -> bool:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return True

    return answer


def body(data: bytes, length: int | None = None) -> Mood:
    """Send bytes, and claim another length to drop the connection in the middle."""

    def answer(handler: BaseHTTPRequestHandler) -> bool:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(data) if length is None else length))
        handler.end_headers()
        handler.wfile.write(data)
        handler.close_connection = True
        return True

    return answer


@contextlib.contextmanager
def serving(fake: Fake) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            number = len(fake.asked)
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            fake.asked.append(query)
            fake.before(number)
            mood = fake.moods.pop(number, None)
            if mood is None or not mood(self):
                body(json.dumps(fake.answer(parts.path, query)).encode())(self)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
