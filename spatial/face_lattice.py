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
        if asked.size:
            cells[asked] = self._ask(lat[asked], lng[asked])
            self._learn(lat[asked], lng[asked], cells[asked], places[asked])
        return cells

    def _calculate(
        self, lat: Floats, lng: Floats, base: Cells, turns: Cells
    ) -> tuple[Cells, Cells]:
        calculated: tuple[Cells, Cells] = _calculate(
            np.radians(lat), np.radians(lng), self._resolution, self._faces, base, turns, _TURNED
        )
        return calculated

    def _learn(self, lat: Floats, lng: Floats, cells: Cells, places: Cells) -> None:
        """Learn from H3's answers about parts of faces that were not met before."""
        for place in np.unique(places[places >= 0]):
            if self._base[place] != _UNKNOWN:
                continue
            rows = np.flatnonzero(places == place)[:_CHECKED]
            base = (cells[rows] >> 45) & 127
            for turns in range(6):
                tried, turned = np.full_like(self._base, base[0]), np.full_like(self._turns, turns)
                found, _ = self._calculate(lat[rows], lng[rows], tried, turned)
                if (found == cells[rows]).all():
                    self._turns[place], self._base[place] = turns, base[0]


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
    lat: Any, lng: Any, resolution: int, faces: Any, base: Any, turns: Any, turned_digits: Any
) -> Any:
    """Cells of points in radians, `ASK` where H3 is to tell, and the places that they lie in.

    A place is a face, the base cell's position on it and the first digit that is not zero; -1 where
    rounding could decide.
    """
    cells = np.full(lat.size, ASK, dtype=np.int64)
    places = np.full(lat.size, -1, dtype=np.int64)
    turn = CLASS_III_TURN if resolution % 2 else 0.0
    scale = 7.0 ** (resolution / 2) / RES0_UNIT
    unused = (1 << 3 * (15 - resolution)) - 1
    head = _ONE_CELL | (resolution << 52) | unused
    cos_turn, sin_turn = np.cos(turn), np.sin(turn)
    near = 0
    for p in range(lat.size):
        face, u, v = _project(lat[p], lng[p], faces, near)
        if face < 0:
            continue
        near = face
        u, v = u * cos_turn + v * sin_turn, v * cos_turn - u * sin_turn
        sure, i, j = _nearest_hexagon(u * scale, v * scale)
        if not sure:
            continue
        index, i, j = _digits(i, j, resolution)
        if index == 0 or abs(i) > 2 or abs(j) > 2:
            continue
        place = face * _PLACES + ((i + 2) * 5 + j + 2) * 8 + _first_digit(index)
        places[p] = place
        if base[place] >= 0:
            turned = _turned_digits(index, turned_digits[turns[place]], resolution)
            cells[p] = head | (base[place] << 45) | turned
    return cells, places


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
    return sure, np.int64(q_whole + r_whole), np.int64(r_whole)


@compiled
def _digits(i: int, j: int, resolution: int) -> Any:
    """Digits of the way from a base cell to a lattice point, and the base cell's position."""
    index = np.int64(0)
    for level in range(resolution, 0, -1):
        # The parent's lattice is seven times as wide and turned one way or the other.
        if level % 2:
            up_i, up_j = (2 * (3 * i - j) + 7) // 14, (2 * (i + 2 * j) + 7) // 14
            di, dj = i - (2 * up_i + up_j), j - (3 * up_j - up_i)
        else:
            up_i, up_j = (2 * (2 * i + j) + 7) // 14, (2 * (3 * j - i) + 7) // 14
            di, dj = i - (3 * up_i - up_j), j - (up_i + 2 * up_j)
        dk = -min(di, dj, 0)
        digit = 4 * (di + dk) + 2 * (dj + dk) + dk
        index |= digit << 3 * (15 - level)
        i, j = up_i, up_j
    return index, i, j


@compiled
def _first_digit(index: Any) -> Any:
    """First digit that is not zero."""
    shift = 42
    while (index >> shift) & 7 == 0:
        shift -= 3
    return (index >> shift) & 7


@compiled
def _turned_digits(index: Any, turned: Any, resolution: int) -> Any:
    """Digits of an index, each turned as a table says."""
    made = np.int64(0)
    for level in range(1, resolution + 1):
        shift = 3 * (15 - level)
        made |= turned[(index >> shift) & 7] << shift
    return made


def _turns_of_digits() -> Cells:
    """Each digit turned 0 to 5 times by 60 degrees counter-clockwise, shape (6, 8)."""
    once = np.array([0, 5, 3, 1, 6, 4, 2, 7])
    turns = [np.arange(8)]
    for _ in range(5):
        turns.append(once[turns[-1]])
    return np.array(turns)


_TURNED = _turns_of_digits()
