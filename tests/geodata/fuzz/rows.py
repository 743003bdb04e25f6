"""Rows of a table that went through wrong hands: the cases that the fuzzer tries."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from tests.geodata.fuzz.cells import CELL_MUTATIONS, RARE_MUTATION
from tests.geodata.fuzz.tables import SEAL, STAMP, Table

RARE = 4_000
"""One row in so many gets a text of over a megabyte."""


@dataclass(frozen=True)
class Record:
    """One row as it is written.

    Attributes
    ----------
    number : int or None
        What its stamp and seal say; None where the row bears none.
    cells : tuple of str
    torn : tuple of str or None
        What a text file gets in place of `cells`: too few of them or too many.
    open_quote : bool
        Whether a text file gets the row with a quotation mark that is never closed.
    mutations : tuple of str
        What was done to it; empty for a row as it was.
    """

    number: int | None
    cells: tuple[str, ...]
    torn: tuple[str, ...] | None = None
    open_quote: bool = False
    mutations: tuple[str, ...] = ()

    @property
    def blank(self) -> bool:
        """Tell whether the row says nothing and so belongs nowhere."""
        return "blank" in self.mutations

    @property
    def broken(self) -> bool:
        """Tell whether a file of text gets the row in another shape than the others."""
        return self.torn is not None or self.open_quote


def stamp_of(number: int) -> str:
    return f"stamp{number:07d}"


def seal_of(number: int) -> str:
    return f"seal{number:07d}"


def make_records(table: Table, rng: random.Random) -> list[Record]:
    """Mutate the rows of a table: their cells, and their order, number and shape."""
    rows = _disturb([(row, ()) for row in table.rows], table, rng)
    return [_finish(cells, kinds, table, number, rng) for number, (cells, kinds) in enumerate(rows)]


_Row = tuple[tuple[str, ...], tuple[str, ...]]


def _disturb(rows: list[_Row], table: Table, rng: random.Random) -> list[_Row]:
    """Shuffle, double and put between the rows what offices leave there."""
    if rng.random() < 0.3:
        rng.shuffle(rows)
    width = len(table.headers)
    out: list[_Row] = []
    for cells, kinds in rows:
        out.append((cells, kinds))
        if rng.random() < 0.03:
            out.append((cells, ("twin",)))
        if rng.random() < 0.02:
            out.append((("",) * width, ("blank",)))
        if rng.random() < 0.005:
            filler = tuple(rng.choice([" ", "", "NULL", "\t"]) for _ in range(width))
            out.append((filler, ("blank",)))
        if rng.random() < 0.005:
            out.append((table.headers, ("header",)))
        if rng.random() < 0.005:
            total = ["合计", str(len(rows))] + [""] * width
            out.append((tuple(total[:width]), ("total",)))
    return out


def _finish(
    cells: tuple[str, ...], kinds: tuple[str, ...], table: Table, number: int, rng: random.Random
) -> Record:
    if kinds and kinds[0] in ("blank", "header", "total"):
        return Record(None, cells, mutations=kinds)
    texts, done = _mutate_cells(list(cells), table, rng)
    texts[table.fields[STAMP]] = stamp_of(number)
    texts[table.fields[SEAL]] = seal_of(number)
    record = Record(number, tuple(texts), mutations=kinds + done)
    chance = rng.random()
    if chance < 0.01:
        return _torn(record, rng)
    if chance < 0.012:
        return replace(record, open_quote=True, mutations=(*record.mutations, "open_quote"))
    return record


def _mutate_cells(
    texts: list[str], table: Table, rng: random.Random
) -> tuple[list[str], tuple[str, ...]]:
    done: list[str] = []
    if rng.random() < 0.55:
        for _ in range(rng.choice([1, 1, 1, 2, 4])):
            # A third of the blows hit the columns that decide what becomes of a row.
            field = rng.choice(["case_id", "received_at", "source_lng", "source_lat"])
            place = table.fields.get(field, 0)
            if rng.random() < 0.67:
                place = rng.randrange(len(texts))
            name = rng.choice(list(CELL_MUTATIONS))
            texts[place] = CELL_MUTATIONS[name](texts[place], rng)
            done.append(name)
    if rng.random() < 0.03 and {"source_lng", "source_lat"} <= table.fields.keys():
        lng, lat = table.fields["source_lng"], table.fields["source_lat"]
        texts[lng], texts[lat] = texts[lat], texts[lng]
        done.append("swapped")
    if rng.random() < 0.02:
        left, right = rng.sample(range(len(texts)), 2)
        texts[left], texts[right] = texts[right], texts[left]
        done.append("shifted")
    if rng.random() < 0.03:
        other = rng.choice(table.rows)
        texts[table.fields["case_id"]] = other[table.fields["case_id"]]
        done.append("id_of_another")
    if rng.randrange(RARE) == 0:
        name, mutation = RARE_MUTATION
        place = rng.randrange(len(texts))
        texts[place] = mutation(texts[place], rng)
        done.append(name)
    return texts, tuple(done)


def _torn(record: Record, rng: random.Random) -> Record:
    cells = list(record.cells)
    while len(cells) == len(record.cells):
        place = rng.randrange(len(cells))
        if rng.random() < 0.5 and len(cells) > 2:
            del cells[place : place + rng.randint(1, 3)]
        else:
            cells[place:place] = [rng.choice(["", "x", "说明"])] * rng.randint(1, 3)
    return replace(record, torn=tuple(cells), mutations=(*record.mutations, "torn"))
