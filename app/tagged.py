"""Answers that stay as they are for a tag: a browser that has one need not load it again.

What many readers ask alike, the layers of a run and the counts of a filter, is also made once only
in each web process and kept as it was sent, compressed: to compress a layer takes longer than to
read it. A tag must tell apart all that the answer depends on beside the address: the version of the
data, and who sees what (`Access.seen_as`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any, cast

from cachetools import LRUCache
from flask import Flask, Response, current_app, render_template, request
from markupsafe import Markup

from app.config import MEBIBYTE
from app.web import compress

EXTENSION = "suyuan-kept-answers"

MOST_BYTES = 64 * MEBIBYTE
"""Kept in each web process; what was asked least recently goes first."""

LARGEST_SHARE = 4
"""One answer larger than this part of it all is not kept: it would drive out the others."""


OVERHEAD = 1024
"""Bytes counted of each answer on top: there may be many with next to no body."""

Key = tuple[str, ...]


@dataclass(frozen=True)
class _Kept:
    body: bytes
    headers: tuple[tuple[str, str], ...]
    size: int


class _KeptAnswers:
    """The answers of one application, by address, tag and what the browser can unpack."""

    def __init__(self) -> None:
        self._kept: LRUCache[Key, _Kept] = LRUCache(MOST_BYTES, lambda kept: kept.size)
        self._lock = Lock()

    def answer(self, tag: str, make: Callable[[], Response]) -> Response:
        """Return the answer to the current request, made now or before."""
        key = (request.full_path, tag, request.headers.get("Accept-Encoding", ""))
        kept = self._find(key)
        if kept is not None:
            return Response(kept.body, headers=list(kept.headers))
        made = compress.after_request(make())
        if made.status_code == 200:
            # The date is that of each answer, which the server writes.
            headers = tuple(each for each in made.headers if each[0] != "Date")
            self._keep(key, made.get_data(), headers)
        return made

    def part(self, tag: str, template: str, context: dict[str, Any]) -> Markup:
        """Return a part of a page, made now or before."""
        kept = self._find((template, tag))
        if kept is not None:
            return Markup(kept.body.decode())  # noqa: S704 - a template wrote it, and escaped
        made = render_template(template, **context)
        self._keep((template, tag), made.encode(), ())
        return Markup(made)  # noqa: S704 - as above

    def _find(self, key: Key) -> _Kept | None:
        with self._lock:
            return self._kept.get(key)

    def _keep(self, key: Key, body: bytes, headers: tuple[tuple[str, str], ...]) -> None:
        size = len(body) + sum(map(len, key)) + OVERHEAD
        if size <= MOST_BYTES // LARGEST_SHARE:
            with self._lock:
                self._kept[key] = _Kept(body, headers, size)


def set_up_tagged(app: Flask) -> None:
    """Give the application room for answers that it keeps."""
    app.extensions[EXTENSION] = _KeptAnswers()


def tagged(tag: str, make: Callable[[], Response]) -> Response:
    """Answer by what is known of a tag: the browser has it, this process has it, or it is made.

    Parameters
    ----------
    tag : str
        Another one wherever the same address would be answered otherwise.
    make : callable
        Makes the answer; what it depends on stands in the tag or in the address. Who may not ask
        at all is refused before.
    """
    if request.if_none_match.contains_weak(tag):
        response = Response(status=304)
    else:
        response = _kept_answers().answer(tag, make)
    # Weak, as the bytes differ by how they are packed; a strong tag would be changed with them.
    response.set_etag(tag, weak=True)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def kept_part(tag: str, template: str, **context: Any) -> Markup:
    """Return a part of a page that follows from its tag alone: no form, no notice, no name in it.

    Parameters
    ----------
    tag : str
        Another one wherever the part would be another, by language and rights of the reader too.
    template : str
    **context
        What the template reads.
    """
    return _kept_answers().part(tag, template, context)


def _kept_answers() -> _KeptAnswers:
    return cast("_KeptAnswers", current_app.extensions[EXTENSION])
