"""A Nominatim on 127.0.0.1 that knows two streets, for geopy's own client to ask."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

ANSWERS = {
    "火星大道": [(83.02, 39.02, "火星大道, 东街道"), (99.0, 30.0, "火星大道, 别的城市")],
    "翠柏路": [(100.5, 30.5, "翠柏路")],
}


class FakeNominatim(ThreadingHTTPServer):
    """Keeps what it was asked; `status` is what it answers with."""

    asked: list[str]
    status: int


class _Handler(BaseHTTPRequestHandler):
    server: FakeNominatim

    def do_GET(self) -> None:
        (query,) = parse_qs(urlsplit(self.path).query)["q"]
        self.server.asked.append(query)
        found = next((each for street, each in ANSWERS.items() if street in query), [])
        body = [{"lon": str(x), "lat": str(y), "display_name": name} for x, y, name in found]
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def fake_nominatim() -> Iterator[FakeNominatim]:
    server = FakeNominatim(("127.0.0.1", 0), _Handler)
    server.asked, server.status = [], 200
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def options_of(server: FakeNominatim) -> dict[str, str]:
    """Return the settings by which geopy asks this server and no other."""
    return {"domain": f"127.0.0.1:{server.server_port}", "scheme": "http"}
