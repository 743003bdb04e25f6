"""Asking an online service for one text of the queue, where that is switched on."""

from __future__ import annotations

import math
from dataclasses import dataclass

from app.accounts.access import Access
from app.cases.listing import township_names
from app.places.deciding import Choice
from app.places.review import QueueText
from app.translation import _
from geodata.areas import Boundaries, current_boundaries
from geodata.areas.boundaries import OUTSIDE
from geodata.geocoding.online import OnlinePoint
from geodata.geocoding.online_switch import ask_online, read_setting, remembered
from geodata.geocoding.sendable import sent_text
from geodata.home import Home

ONLINE = "online"
"""Level of such a candidate: how exact it is, the service does not say."""


@dataclass(frozen=True)
class OnlineQuestion:
    """What may be asked of the service, or was.

    Attributes
    ----------
    service : str
    sent : str
        The text that would leave the machine; empty where nothing of it is an address.
    answers : tuple of Choice or None
        None before it was asked.
    inside : tuple of Choice
        Those within the city: the others would only make the map a map of the country.
    """

    service: str
    sent: str
    answers: tuple[Choice, ...] | None
    inside: tuple[Choice, ...] = ()


def online_question(home: Home, text: QueueText, after: int) -> OnlineQuestion | None:
    """Return what the page shows of the service, None where none is switched on.

    Parameters
    ----------
    home : Home
    text : QueueText
    after : int
        Candidates before its answers, which are numbered on.
    """
    setting = read_setting(home)
    if setting is None:
        return None
    sent = _sent(text)
    points = remembered(home, sent) if sent else None
    if points is None:
        return OnlineQuestion(setting.service, sent, None)
    townships = current_boundaries(home, "township")
    where = _townships_of(points, townships)
    answers = _choices(home, points, where, after)
    inside = tuple(each for each, code in zip(answers, where, strict=True) if code is not None)
    return OnlineQuestion(setting.service, sent, answers, inside)


def ask(access: Access, home: Home, text: QueueText) -> None:
    """Send a text of the person's queue to the service; its answer is remembered.

    Raises
    ------
    OnlineNotAllowed, OnlineFailed
        It is not switched on, or did not answer.
    """
    if sent := _sent(text):
        access.record("text.ask_online", ("text", text.key.id), None, {"service": _service(home)})
        ask_online(home, sent, why="review")


def _service(home: Home) -> str | None:
    setting = read_setting(home)
    return None if setting is None else setting.service


def _sent(text: QueueText) -> str:
    return sent_text(text.examples[0], text.district, text.township)


def _townships_of(
    points: tuple[OnlinePoint, ...], townships: Boundaries | None
) -> list[str | None]:
    """Return the township code of each point, None outside the city, "" where none is known."""
    if townships is None:
        return [""] * len(points)
    found = townships.locate([p.lng for p in points], [p.lat for p in points])
    return [None if index == OUTSIDE else str(townships.codes[index]) for index in found]


def _choices(
    home: Home, points: tuple[OnlinePoint, ...], where: list[str | None], after: int
) -> tuple[Choice, ...]:
    names = township_names(home)
    outside, unverified = _("不在本市边界内"), _("联网服务的回答，未经核实")
    return tuple(
        Choice(
            number=number,
            place=None,
            name=point.name,
            township=names.get(code or "", code or ""),
            level=ONLINE,
            score=math.nan,
            lng=point.lng,
            lat=point.lat,
            why=(outside if code is None else unverified,),
        )
        for number, (point, code) in enumerate(zip(points, where, strict=True), start=after + 1)
    )
