"""States that a record goes through, and which steps between them are allowed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.errors import Conflict


@dataclass(frozen=True)
class Steps:
    """Which states may follow each state.

    Attributes
    ----------
    following : mapping of str to tuple of str
    zh : mapping of str to str
        Chinese names of the states.

    Examples
    --------
    >>> Steps({"open": ("closed",), "closed": ()}, {"open": "未销", "closed": "已销"}).after("open")
    ('closed',)
    """

    following: Mapping[str, tuple[str, ...]]
    zh: Mapping[str, str]

    def after(self, state: str) -> tuple[str, ...]:
        """Return the states that may follow."""
        return self.following[state]

    def require(self, state: str, following: str) -> None:
        """Check that a step is allowed.

        Raises
        ------
        Conflict
            Names where the record stands, what was asked and what may follow.
        """
        allowed = self.following[state]
        if following in allowed:
            return
        names = "、".join(self.zh[each] for each in allowed)
        raise Conflict(
            f"it is {state}: {following} may not follow, "
            f"only {' or '.join(allowed) if allowed else 'nothing'}",
            f"现为“{self.zh[state]}”，不能改为“{self.zh.get(following, following)}”，"
            + (f"只能改为：{names}" if allowed else "已是最后一步"),
        )
