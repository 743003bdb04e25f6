"""What every interface's paging has in common: a page in, records and the next cursor out."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from geodata.errors import FetchFailed, UnreadableFile
from geodata.fetching.client import Client
from geodata.fetching.progress import Record
from geodata.profiles import Profile
from geodata.reading.flattening import NestedTooDeepError
from geodata.reading.headers import match_header
from geodata.reading.json_files import decode_records
from geodata.reading.xml_files import is_open311, read_xml

Cursor = dict[str, Any]

_BROKEN_TRIES = 3


@dataclass(frozen=True)
class Page:
    """Records of one page and what to ask for after it (None: nothing).

    `again` tells that the page was expected to repeat records; `note` is a line for people, in
    English and Chinese.
    """

    records: list[Record]
    cursor: Cursor | None
    again: bool = False
    note: tuple[str, ...] = ()


class Paging(Protocol):
    """How one interface is asked page by page."""

    @property
    def time_name(self) -> str:
        """Field by which the interface tells changes."""

    def first(self, client: Client, since: str, now: datetime) -> Cursor:
        """Return the cursor of the first page."""

    def page(self, client: Client, cursor: Cursor) -> Page:
        """Ask for the page at a cursor."""


def ask(client: Client, url: str, parameters: dict[str, str]) -> list[Record]:
    """Ask for a list of records; a broken answer is asked for again.

    Raises
    ------
    FetchFailed
        The answer stays broken, or is no list of records.
    """
    reason = ""
    for _ in range(_BROKEN_TRIES):
        body = client.get(url, parameters)
        try:
            return list(_read(body))
        except (ValueError, RecursionError, UnreadableFile, NestedTooDeepError) as error:
            reason = type(error).__name__
    raise FetchFailed(
        f"the answer is no list of records ({reason}); check that this is the interface's address",
        f"返回的内容不是记录列表（技术信息：{reason}）；请核对接口地址",
    )


def _read(body: bytes) -> Sequence[Record]:
    if is_open311(body[:4096].decode("utf-8", "replace")):
        return _read_xml(body)
    return decode_records(body.decode("utf-8-sig"))


def _read_xml(body: bytes) -> Sequence[Record]:
    with tempfile.NamedTemporaryFile(suffix=".xml") as file:
        file.write(body)
        file.flush()
        documents = list(read_xml(Path(file.name)))
    return [document.record for document in documents if document.record is not None]


def name_of(field: str, records: list[Record], profile: Profile) -> str | None:
    """Tell under which name the records have a field of the profile."""
    names = list(dict.fromkeys(name for record in records for name in record))
    index = match_header(names, profile).get(field)
    return None if index is None else names[index]


def as_parameter(moment: datetime) -> str:
    """Write a moment as both interfaces read it: UTC, whole seconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
