"""The states of a topic and the steps between them."""

from __future__ import annotations

from app.townships.steps import Steps

PROPOSED, ADOPTED, UNDER_WAY = "proposed", "adopted", "under_way"
ASSESSED, WATCHED, CLOSED = "assessed", "watched", "closed"

STEPS = Steps(
    {
        PROPOSED: (ADOPTED, CLOSED),
        ADOPTED: (UNDER_WAY, PROPOSED),
        UNDER_WAY: (ASSESSED,),
        ASSESSED: (WATCHED, CLOSED, UNDER_WAY),
        WATCHED: (CLOSED, UNDER_WAY),
        CLOSED: (WATCHED,),
    },
    {
        PROPOSED: "拟选",
        ADOPTED: "已选定",
        UNDER_WAY: "推进中",
        ASSESSED: "已评估",
        WATCHED: "持续监测",
        CLOSED: "已结束",
    },
)
STATES = tuple(STEPS.following)

_FORWARD = frozenset(
    {(PROPOSED, ADOPTED), (ADOPTED, UNDER_WAY), (UNDER_WAY, ASSESSED), (ASSESSED, WATCHED)}
)


def needs_words(state: str, following: str) -> bool:
    """Tell whether a step leads back or ends the topic, and so must be explained.

    Examples
    --------
    >>> needs_words("proposed", "adopted"), needs_words("proposed", "closed")
    (False, True)
    """
    return (state, following) not in _FORWARD
