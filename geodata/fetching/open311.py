"""Open311 GeoReport v2: ``requests.json`` (or ``.xml``) by windows of time and pages.

GeoReport lets a server cap its answers and leaves paging open. Windows keep answers small; where a
server turns no pages, a window whose answer may be capped is halved until it is not.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from geodata.fetching.client import Client
from geodata.fetching.pages import Cursor, Page, as_parameter, ask
from geodata.fetching.progress import Record

WINDOW = timedelta(days=30)

DEFAULT_PERIOD = timedelta(days=90)
"""GeoReport's own default span; also how far a later fetch looks back for changed requests, since
GeoReport cannot be asked by time of change."""

SMALLEST_WINDOW = timedelta(hours=1)

SMALLEST_CAP = 50
"""No known server caps its answers at fewer requests."""


@dataclass(frozen=True)
class Open311:
    """Pages through the requests received between two moments."""

    url: str
    page_size: int
    start: datetime | None
    end: datetime | None
    time_name: str = "updated_datetime"

    def first(self, client: Client, since: str, now: datetime) -> Cursor:  # noqa: ARG002
        """Lay windows over the period, after a first fetch over the last 90 days before `since`."""
        end = self.end or now
        start = self.start or end - DEFAULT_PERIOD
        if since:
            start = max(start, _moment(since, now) - DEFAULT_PERIOD)
        windows = []
        while start < end:
            windows.append([as_parameter(start), as_parameter(min(start + WINDOW, end)), False])
            start += WINDOW
        return {"windows": windows, "page": 1, "first": "", "size": 0, "cap": 0}

    def page(self, client: Client, cursor: Cursor) -> Page:
        """Ask for the next page of the first window."""
        if not cursor["windows"]:
            return Page([], None)
        start, end, again = cursor["windows"][0]
        parameters = {"start_date": start, "end_date": end}
        parameters |= {"page": str(cursor["page"]), "page_size": str(self.page_size)}
        records = ask(client, self.url, parameters)
        fingerprint = _fingerprint(records)
        if not records:
            return _move_on(_next_window(cursor))
        if cursor["page"] == 1:
            following = {**cursor, "page": 2, "first": fingerprint, "size": len(records)}
            return Page(records, following, again=again)
        if fingerprint != cursor["first"]:
            return Page(records, {**cursor, "page": cursor["page"] + 1}, again=again)
        return _unpaged(cursor)


def _unpaged(cursor: Cursor) -> Page:
    """Go on where page 2 was page 1 again: the server turns no pages."""
    size, cap = cursor["size"], max(cursor["cap"], cursor["size"])
    following = {**_next_window(cursor), "cap": cap}
    if size < max(cap, SMALLEST_CAP):
        return _move_on(following)
    start, end = (datetime.fromisoformat(text) for text in cursor["windows"][0][:2])
    if end - start <= SMALLEST_WINDOW:
        note = (
            f"{size} requests within an hour from {start:%Y-%m-%d %H:%M} UTC: the server may have "
            "left out more",
            f"自 {start:%Y-%m-%d %H:%M}（UTC）起一小时内有 {size} 条，服务器可能还有未给出的记录",
        )
        return _move_on(following, note)
    middle = as_parameter(start + (end - start) / 2)
    halves = [[as_parameter(start), middle, True], [middle, as_parameter(end), True]]
    return Page([], {**following, "windows": [*halves, *following["windows"]]})


def _next_window(cursor: Cursor) -> Cursor:
    return {**cursor, "windows": cursor["windows"][1:], "page": 1, "first": "", "size": 0}


def _move_on(cursor: Cursor, note: tuple[str, ...] = ()) -> Page:
    """Return no records, and the next window when there is one."""
    return Page([], cursor if cursor["windows"] else None, note=note)


def _fingerprint(records: list[Record]) -> str:
    ids = "\n".join(str(record.get("service_request_id")) for record in records)
    return hashlib.blake2b(ids.encode("utf-8", "replace"), digest_size=8).hexdigest()


def _moment(text: str, now: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return now
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(moment, now)
