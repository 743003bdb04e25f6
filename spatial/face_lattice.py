"""Cells of many points by arithmetic on the faces of H3's icosahedron.

H3 projects a point gnomonically onto the nearest face; there the cells of a resolution are the
lattice of hexagons around its points, and the digits of a cell's index tell the way to it from one
of 122 base cells, level by level. On plain arrays that takes a fifth of the time of asking H3 for
each point.

Which base cell a part of a face belongs to, and how its digits are turned there, is not written
down here but learned from H3's own answers; around pentagons, where a direction is missing, it
depends on the first digit too. H3 also answers wherever rounding could decide: within `EDGE` of a
hexagon's border, where two faces are equally near, and near the centre of a face.

Source: H3's documentation (h3geo.org, "Overview of the H3 geospatial indexing system").
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spatial._compiled import compiled

Cells = NDArray[np.int64]
Floats = NDArray[np.float64]
Ask = Callable[[Floats, Floats], Cells]

ASK = -2
"""In place of a cell: only H3 can tell."""

EDGE = 1e-5
"""Distance from a border, in cells, below which H3 is asked; either rounds to 1e-6 or better."""

RES0_UNIT = (3 - 5**0.5) / 2
"""Spacing of base cells in the gnomonic plane of a face, in sphere radii."""
CLASS_III_TURN = float(np.arcsin(np.sqrt(3 / 28)))
"""Angle by which the lattices of odd resolutions are turned, radians."""

_BLOCK = 512
_SEVENTH = 1 / 7
_SAME_FACE = 1e-9
_FACE_CENTRE = 1e-6  # of the squared distance to it
_UNKNOWN = -1
_WITHIN_FACE = 0.935
"""Cosine of the distance from a face's centre within which no other is as near (edges: 0.9342)."""
_PLACES = 25 * 8  # base cells that a face reaches, i and j from -2 to 2, by the first digit
_CHECKED = 64
_ONE_CELL = 1 << 59  # the mode of an index that stands for a cell


class FaceLattice:
    """Cells of one resolution.

    Parameters
    ----------
    resolution : int
    vertices : ndarray of float, shape (12, 3)
        Unit vectors to the centres of the pentagons, which are the icosahedron's vertices.
    ask : callable
        H3's cells of points ``lat, lng`` in degrees.
    """

    def __init__(self, resolution: int, vertices: Floats, ask: Ask) -> None:
        self._resolution = resolution
        self._ask = ask
        self._faces = _faces(vertices)
        self._base = np.full(len(self._faces) * _PLACES, _UNKNOWN, dtype=np.int64)
        self._turns = np.zeros(len(self._base), dtype=np.int64)

    def cells(self, lat: Floats, lng: Floats) -> Cells:
        """Return the cell of each point; degrees, all of this Earth."""
        cells, places = self._calculate(lat, lng, self._base, self._turns)
        asked = np.flatnonzero(cells == ASK)
        if self._learn(lat[asked], lng[asked], places[asked]):
            cells[asked], _ = self._calculate(lat[asked], lng[asked], self._base, self._turns)
            asked = asked[cells[asked] == ASK]
        if asked.size:
            cells[asked] = self._ask(lat[asked], lng[asked])
        return cells

    def _calculate(
        self, lat: Floats, lng: Floats, base: Cells, turns: Cells
    ) -> tuple[Cells, Cells]:
        calculated: tuple[Cells, Cells] = _calculate(
            np.radians(lat), np.radians(lng), self._resolution, self._faces, base, turns, _TURNED
        )
        return calculated

    def _learn(self, lat: Floats, lng: Floats, places: Cells) -> bool:
        """Learn of parts of faces that were not met before by asking H3 about some points there."""
        met = np.unique(places[places >= 0])
        new = met[self._base[met] == _UNKNOWN]
        for place in new:
            rows = np.flatnonzero(places == place)[:_CHECKED]
            cells = self._ask(lat[rows], lng[rows])
            base = (cells >> 45) & 127
            for turns in range(6):
                tried, turned = np.full_like(self._base, base[0]), np.full_like(self._turns, turns)
                found, _ = self._calculate(lat[rows], lng[rows], tried, turned)
                if (found == cells).all():
                    self._turns[place], self._base[place] = turns, base[0]
        return bool(new.size)


def _faces(vertices: Floats) -> Floats:
    """Centre and two axes of each face, shape (20, 3, 3); the first points to a vertex."""
    near = vertices @ vertices.T > 0.4  # cosine of an edge, 0.447
    faces = []
    for a, b, c in combinations(range(len(vertices)), 3):
        if near[a, b] and near[b, c] and near[a, c]:
            centre = vertices[a] + vertices[b] + vertices[c]
            centre = centre / np.linalg.norm(centre)
            first = vertices[a] - centre * (vertices[a] @ centre)
            first = first / np.linalg.norm(first)
            faces.append([centre, first, np.cross(centre, first)])
    return np.array(faces)


@compiled
def _calculate(
    lat: Any, lng: Any, resolution: int, faces: Any, base: Any, turns: Any, turned: Any
) -> Any:
    """Cells of points in radians, `ASK` where H3 is to tell, and the places that they lie in.

    A place is a face, the base cell's position on it and the first digit that is not zero; -1 where
    rounding could decide. Level by level and not point by point, so that a processor takes several
    points at once.
    """
    cells = np.full(lat.size, ASK, dtype=np.int64)
    places = np.full(lat.size, -1, dtype=np.int64)
    head = _ONE_CELL | (resolution << 52) | ((1 << 3 * (15 - resolution)) - 1)
    face, index = np.empty(_BLOCK, dtype=np.int64), np.empty(_BLOCK, dtype=np.int64)
    first, digits = np.empty(_BLOCK, dtype=np.int64), np.empty(_BLOCK, dtype=np.int64)
    i, j = np.empty(_BLOCK), np.empty(_BLOCK)
    for start in range(0, lat.size, _BLOCK):
        n = min(_BLOCK, lat.size - start)
        _find_hexagons(
            lat[start : start + n], lng[start : start + n], resolution, faces, face, i, j
        )
        index[:n], first[:n] = 0, 0
        for level in range(resolution, 0, -1):
            # The parent's lattice is seven times as wide and turned one way or the other.
            if level % 2:
                _take_digit(i[:n], j[:n], index, first, 3 * (15 - level), 3.0, -1.0, 1.0, 2.0)
            else:
                _take_digit(i[:n], j[:n], index, first, 3 * (15 - level), 2.0, 1.0, -1.0, 3.0)
        for p in range(n):
            inside = face[p] >= 0 and index[p] != 0 and abs(i[p]) <= 2 and abs(j[p]) <= 2
            digits[p] = 0
            if inside:
                position = (np.int64(i[p]) + 2) * 5 + np.int64(j[p]) + 2
                place = face[p] * _PLACES + position * 8 + first[p]
                places[start + p] = place
                if base[place] >= 0:
                    cells[start + p] = head | (base[place] << 45)
                    digits[p] = turned[turns[place]]
        for level in range(1, resolution + 1):
            _turn_digit(cells[start : start + n], index, digits, 3 * (15 - level))
    return cells, places


@compiled
def _find_hexagons(
    lat: Any, lng: Any, resolution: int, faces: Any, face: Any, i: Any, j: Any
) -> None:
    """Fill in each point's face, -1 where rounding could decide, and its hexagon's position."""
    turn = CLASS_III_TURN if resolution % 2 else 0.0
    cos_turn, sin_turn = np.cos(turn), np.sin(turn)
    scale = 7.0 ** (resolution / 2) / RES0_UNIT
    near = 0
    for p in range(lat.size):
        found, u, v = _project(lat[p], lng[p], faces, near)
        i[p], j[p], face[p] = 0.0, 0.0, -1
        if found < 0:
            continue
        near = found
        u, v = u * cos_turn + v * sin_turn, v * cos_turn - u * sin_turn
        sure, i[p], j[p] = _nearest_hexagon(u * scale, v * scale)
        if sure:
            face[p] = found


@compiled
def _take_digit(
    i: Any, j: Any, index: Any, first: Any, shift: int, a: float, b: float, c: float, d: float
) -> None:
    """Add the digit that leads from the parent, and go to the parent's position.

    Positions are whole numbers held as floats, which round faster: a seventh of one is never so
    near to a half that rounding could err. The parent's is ``(a i + b j, c i + d j) / 7``.
    """
    for p in range(i.size):
        up_i, up_j = (
            np.rint((a * i[p] + b * j[p]) * _SEVENTH),
            np.rint((c * i[p] + d * j[p]) * _SEVENTH),
        )
        di, dj = i[p] - (d * up_i - b * up_j), j[p] - (a * up_j - c * up_i)
        low = di if di < dj else dj
        dk = -low if low < 0.0 else 0.0
        digit = np.int64(4.0 * di + 2.0 * dj + 7.0 * dk)
        index[p] |= digit << shift
        first[p] = digit if digit != 0 else first[p]
        i[p], j[p] = up_i, up_j


@compiled
def _turn_digit(cells: Any, index: Any, turned: Any, shift: int) -> None:
    """Add a digit to the cells, turned as each point's table says; an empty table adds nothing."""
    for p in range(cells.size):
        digit = (index[p] >> shift) & 7
        made = ((turned[p] >> (3 * digit)) & 7) << shift
        cells[p] = cells[p] | made if turned[p] != 0 else cells[p]


@compiled
def _project(lat: float, lng: float, faces: Any, near: int) -> Any:
    """Nearest face and the point's place in its plane; face -1 where rounding could decide.

    The face `near` is tried first: points of a city lie on one.
    """
    cos_lat = np.cos(lat)
    x, y, z = cos_lat * np.cos(lng), cos_lat * np.sin(lng), np.sin(lat)
    face, nearest = near, _dot(x, y, z, faces, near, 0)
    if nearest < _WITHIN_FACE:
        nearest, second = -2.0, -2.0
        for f in range(faces.shape[0]):
            dot = _dot(x, y, z, faces, f, 0)
            if dot > nearest:
                nearest, second, face = dot, nearest, f
            elif dot > second:
                second = dot
        if nearest - second < _SAME_FACE:
            return -1, 0.0, 0.0
    if 2 * (1 - nearest) < _FACE_CENTRE:
        return -1, 0.0, 0.0
    u, v = _dot(x, y, z, faces, face, 1), _dot(x, y, z, faces, face, 2)
    return face, u / nearest, v / nearest


@compiled
def _dot(x: float, y: float, z: float, faces: Any, face: int, axis: int) -> Any:
    return x * faces[face, axis, 0] + y * faces[face, axis, 1] + z * faces[face, axis, 2]


@compiled
def _nearest_hexagon(u: float, v: float) -> Any:
    """Whether the nearest lattice point is sure, and it on H3's axes, 120 degrees apart."""
    # On axes 60 degrees apart it is found by rounding three coordinates whose sum is zero and
    # mending the one that was rounded most.
    r = v * 2 / np.sqrt(3.0)
    q = u - r / 2
    s = -q - r
    q_whole, r_whole, s_whole = np.rint(q), np.rint(r), np.rint(s)
    q_off, r_off, s_off = abs(q - q_whole), abs(r - r_whole), abs(s - s_whole)
    if q_off > r_off and q_off > s_off:
        q_whole = -r_whole - s_whole
    elif r_off > s_off:
        r_whole = -q_whole - s_whole
    dq, dr = q - q_whole, r - r_whole
    ds = -dq - dr
    sure = 1 - max(abs(dq - dr), abs(dr - ds), abs(ds - dq)) >= EDGE
    return sure, q_whole + r_whole, r_whole


def _tables_of_turns() -> Cells:
    """Digits turned 0 to 5 times by 60 degrees counter-clockwise, three bits each, shape (6,)."""
    once = np.array([0, 5, 3, 1, 6, 4, 2, 7])
    turned = [np.arange(8)]
    for _ in range(5):
        turned.append(once[turned[-1]])
    return np.array([sum(int(to) << 3 * digit for digit, to in enumerate(row)) for row in turned])


_TURNED = _tables_of_turns()
