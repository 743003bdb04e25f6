"""Requests that nobody should send: strategies of hypothesis, from what a route is made of."""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from werkzeug.routing import Rule

from tests.app.fuzz.vocabulary import Shape

TEXTS = (
    "", " ", "0", "-1", "1.5", "NaN", "inf", "-Infinity", "1e999", "-0", "1_000", "0x10", "１２",
    "٣", str(2**31), str(2**63), str(-(2**63) - 1), "9" * 400, "9" * 5000, "true", "null", "[]",
    "{}", "2025-02-30", "0001-01-01", "9999-12-31", "10000-01-01", "2025-13", "0000-00", "84,39",
    "\x00", "a\x00b", "\ud800", "\udfff🏙", "\u202e", "\ufeff", "x" * 100_000, "😀" * 300,
    "<script>alert(1)</script>", "' OR 1=1 --", "{{7*7}}", "%s%n", "%(n)s", "{0.__class__}",
    "../../etc/passwd", "..\\..\\x", "C:\\x", "/", "//example.org", "a\r\nSet-Cookie: b=c", "=1+1",
    "*", "%", "_", "(", "[", "\\", "EPSG:999999", "Mars/Phobos",
)  # fmt: skip
"""Values that some program has stumbled over."""

BYTES = (
    b"", b"\x00" * 64, b"\xff\xfe\x00", b"PK\x03\x04" + b"\x00" * 40, b"PAR1" + b"\x00" * 40,
    b"%PDF-1.7", b"GIF89a", b"<html>", b"{", b'{"a": 1}', b"a,b\n1", b"case_id\n\x00\n",
    b"SQLite format 3\x00", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600,
    b"\x1f\x8b\x08" + b"\x00" * 30,
)  # fmt: skip
FILE_NAMES = (
    "a.csv", "a.xlsx", "a.xls", "a.parquet", "a.json", "a.geojson", "a.gpkg", "a.zip", "a.exe",
    "a", "", ".", "..", "../../a.csv", "a\x00.csv", "名\ud800.csv", "x" * 300 + ".csv",
    "<script>.csv", "CON.csv",
)  # fmt: skip
CONTENT_TYPES = (
    "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=x",
    "application/json", "text/plain; charset=utf-16", "application/octet-stream", "", "/",
    "application/x-www-form-urlencoded; charset=gbk", "text/html; charset=none-such",
    "multipart/mixed; boundary=",
)  # fmt: skip
ACCEPTED = (
    "text/html", "application/json", "*/*", "", "nonsense", "text/html;q=x, application/json;q=2",
)  # fmt: skip


FILES, BOUNDARY = "multipart/form-data", "----fuzz"


@dataclass(frozen=True)
class Request:
    """One request, as bytes where it matters."""

    path: bytes
    query: str
    body: bytes = b""
    content_type: str = ""
    accept: str = "*/*"


@st.composite
def requests(draw: DrawFn, rule: Rule, method: str, shape: Shape) -> Request:
    """Make a request of a route: its path mostly there, its parameters partly right."""
    form = draw(st.sampled_from(shape.forms)) if shape.forms and draw(_often) else None
    path = (
        urlsplit(form.action).path.encode() if form and draw(_often) else _path(draw, rule, shape)
    )
    query = "" if draw(_seldom) else _encoded(_pairs(draw, shape, _some))
    accept = draw(st.sampled_from(ACCEPTED))
    if method == "GET":
        return Request(path, query, accept=accept)
    sent = dict(form.fields) if form else shape.names
    body, content_type = _body(draw, shape, sent)
    return Request(path, query, body, content_type, accept)


_often = st.integers(0, 3).map(bool)
_seldom = st.integers(0, 3).map(lambda number: not number)
_some = st.integers(0, 5)
_text = st.sampled_from(TEXTS) | st.text(st.characters(), max_size=20)


def _path(draw: DrawFn, rule: Rule, shape: Shape) -> bytes:
    parts: list[bytes] = []
    for is_dynamic, text in rule._trace:
        if not is_dynamic:
            parts.append(text.encode())
            continue
        known = shape.parts.get(text, ())
        value = draw(st.sampled_from(known) if known and draw(_often) else _text)
        parts.append(draw(st.sampled_from((b"\xff", b"%ff"))) if draw(_rarely) else _wire(value))
    path = b"".join(parts).removeprefix(b"|")
    return path if path.startswith(b"/") else b"/" + path


_rarely = st.integers(0, 15).map(lambda number: not number)


def _wire(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _pairs(draw: DrawFn, shape: Shape, how_many: st.SearchStrategy[int]) -> list[tuple[str, str]]:
    """Some parameters, among them the same one twice and ones that nobody knows."""
    if not shape.names:
        return [("x", draw(_text))]
    names = draw(st.lists(st.sampled_from(sorted(shape.names)), max_size=draw(how_many)))
    return [(name, _value(draw, shape.names[name])) for name in names]


def _value(draw: DrawFn, valid: tuple[str, ...], hostile: st.SearchStrategy[bool] = _often) -> str:
    return draw(_text) if not valid or draw(hostile) else draw(st.sampled_from(valid))


def _encoded(pairs: list[tuple[str, str]]) -> str:
    return urlencode(pairs, errors="surrogatepass").replace("%25ff", "%ff")


def _body(draw: DrawFn, shape: Shape, sent: dict[str, tuple[str, ...]]) -> tuple[bytes, str]:
    """A body whose fields are mostly right, as a form, with files, as JSON, or as nothing known."""
    pairs = [(name, _value(draw, valid, _seldom)) for name, valid in sent.items() if draw(_often)]
    pairs += _pairs(draw, shape, _seldom.map(int))
    kind = draw(st.sampled_from(("form", "form", "form", "files", "json", "bytes")))
    if kind == "bytes":
        return draw(st.sampled_from(BYTES)), draw(st.sampled_from(CONTENT_TYPES))
    if kind == "json":
        return json.dumps(dict(pairs)).encode(), "application/json"
    if kind == "files" or (shape.files and draw(_often)):
        return _multipart(draw, shape, pairs)
    return _encoded(pairs).encode(), "application/x-www-form-urlencoded"


def _multipart(draw: DrawFn, shape: Shape, pairs: list[tuple[str, str]]) -> tuple[bytes, str]:
    fields = [pair for pair in pairs if pair[0] not in shape.files]
    parts = [_part(f'name="{name}"', _wire(value)) for name, value in fields]
    for name in shape.files or ("file",):
        file_name = quote(draw(st.sampled_from(FILE_NAMES)), safe="./<>", errors="surrogatepass")
        told = f'name="{name}"; filename="{file_name}"'
        parts.append(_part(told, draw(st.sampled_from(BYTES))))
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode(), f"{FILES}; boundary={BOUNDARY}"


def _part(told: str, content: bytes) -> bytes:
    head = f"--{BOUNDARY}\r\nContent-Disposition: form-data; {told}\r\n\r\n"
    return head.encode() + content + b"\r\n"
