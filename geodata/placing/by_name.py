"""Texts that are the very name of a place, in the township that was reported with them.

A geocoder learns from the register how far to trust what is alike; a name that stands in the
register, and stands once in the reported township, needs no such trust.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from geodata.areas import OUTSIDE, AreaNames, Boundaries, Places
from geodata.places.records import plain_text
from geodata.placing.texts import text_key


class ExactNames:
    """Names, aliases and addresses of a register.

    Parameters
    ----------
    places : Places
    townships : Boundaries or None
        Whose names are understood; without them townships are told apart as written.
    """

    def __init__(self, places: Places, townships: Boundaries | None) -> None:
        self._by_key: dict[str, set[int]] = defaultdict(set)
        columns = zip(places.names, places.aliases, places.addresses, strict=True)
        for i, (name, aliases, address) in enumerate(columns):
            for text in (name, *aliases, address):
                if text:
                    self._by_key[text_key(text)].add(i)
        self._names = None if townships is None else AreaNames(townships)
        self._townships = townships
        own = places.township if townships is not None else map(plain_text, places.given_townships)
        self._own = list(own)

    def find(
        self,
        texts: Sequence[str | None],
        districts: Sequence[str | None],
        townships: Sequence[str | None],
    ) -> list[int | None]:
        """Return the position of the place that each text names, None where it is not one alone.

        Among places of the reported township a name must be the only one; where no known township
        is reported, in the whole register.
        """
        reported = self._reported(districts, townships)
        found: list[int | None] = []
        for text, township in zip(texts, reported, strict=True):
            named = self._by_key.get(text_key(text), set()) if text else set()
            if township:
                named = {i for i in named if self._own[i] == township}
            found.append(next(iter(named)) if len(named) == 1 else None)
        return found

    def _reported(
        self, districts: Sequence[str | None], townships: Sequence[str | None]
    ) -> list[str | None]:
        if self._names is None or self._townships is None:
            return [plain_text(name) or None for name in townships]
        index = self._names.find(townships, districts)
        return [None if i == OUTSIDE else str(self._townships.codes[i]) for i in index]
