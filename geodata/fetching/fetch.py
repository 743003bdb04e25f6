"""One fetch from start to the file of its records, resumed where an earlier one stopped."""

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from geodata.fetching.client import Client, check_url
from geodata.fetching.open311 import Open311
from geodata.fetching.pages import Paging, name_of
from geodata.fetching.progress import Progress, open_progress
from geodata.fetching.socrata import Socrata
from geodata.home import Home
from geodata.notes import Note
from geodata.profiles import Profile

SOURCES = ("open311", "socrata")

Tell = Callable[[int, int], None]
"""Called with records and pages so far."""


@dataclass(frozen=True)
class FetchRequest:
    """What to fetch.

    Attributes
    ----------
    url : str
        Address of the interface; its own parameters are kept.
    source : {"open311", "socrata"}
    profile : Profile
        By which the records will be read.
    start, end : datetime, optional
        Period of receipt, `end` exclusive.
    page_size : int
    pause : float
        Seconds between two requests.
    """

    url: str
    source: str
    profile: Profile
    start: datetime | None = None
    end: datetime | None = None
    page_size: int = 1000
    pause: float = 0.2

    def key(self) -> str:
        """Name of its folder: the same address, source and period go on from each other."""
        told = f"{self.source}|{self.url}|{self.profile.name}|{self.start}|{self.end}"
        return hashlib.sha256(told.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Fetched:
    """The records that came.

    Attributes
    ----------
    file : Path
        JSON lines.
    records, pages : int
    resumed : bool
        An earlier fetch was interrupted and this one went on from there.
    notes : tuple of Note
    """

    file: Path
    records: int
    pages: int
    resumed: bool
    notes: tuple[Note, ...]


@contextlib.contextmanager
def fetching(
    home: Home,
    request: FetchRequest,
    *,
    now: datetime,
    full: bool = False,
    tell: Tell | None = None,
) -> Iterator[Fetched]:
    """Fetch all pages; the records stay until the block ends without an error.

    A fetch that was interrupted, by an error or a kill, goes on from its last page. One that ended
    leaves the newest time of change that it saw: the next asks only for what changed since.

    Parameters
    ----------
    home : Home
    request : FetchRequest
    now : datetime
        The present moment with its zone.
    full : bool
        Ask for everything anew.
    tell : callable, optional

    Raises
    ------
    InvalidUrl, FetchFailed
    """
    check_url(request.url)
    name = f"{urlsplit(request.url).hostname}-{request.source}"
    with open_progress(home.fetches / request.key(), name) as progress:
        resumed = progress.resumed and not full
        _fetch(progress, request, now, resumed, full, tell)
        state = progress.state
        yield Fetched(progress.file, state.records, state.pages, resumed, _notes(progress))
        progress.finish()


def _paging(request: FetchRequest) -> Paging:
    if request.source == "open311":
        return Open311(request.url, request.page_size, request.start, request.end)
    return Socrata(request.url, request.profile, request.page_size, request.start, request.end)


def _fetch(
    progress: Progress,
    request: FetchRequest,
    now: datetime,
    resumed: bool,
    full: bool,
    tell: Tell | None,
) -> None:
    client, paging = Client(request.pause), _paging(request)
    if resumed:
        progress.resume()
    else:
        progress.begin(paging.first(client, "" if full else progress.state.since, now))
    while progress.state.cursor is not None:
        page = paging.page(client, progress.state.cursor)
        progress.add(
            page.records,
            page.cursor,
            id_name=name_of("case_id", page.records, request.profile) or "",
            time_name=paging.time_name,
            again=page.again,
            note=page.note,
        )
        if tell is not None:
            tell(progress.state.records, progress.state.pages)


def _notes(progress: Progress) -> tuple[Note, ...]:
    state = progress.state
    notes = [Note(english, chinese) for english, chinese in state.notes]
    if state.repeated:
        notes.append(
            Note(
                f"{state.repeated:,} records came twice, {state.changed:,} of them changed: the "
                "data moved while they were fetched; the newest of each stays",
                f"{state.repeated:,} 条记录重复出现，其中 {state.changed:,} 条内容有变："
                "获取期间数据有变动；各取最新的一条",
            )
        )
    return tuple(notes)
