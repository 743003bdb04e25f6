"""A tiling of the city whose outlines look grown: small Voronoi cells with uneven edges, merged.

Neighbours share every corner of their border, so the tiles leave no gap and no overlap. An edge
stays inside the two triangles between it and the seeds on its sides; those triangles are disjoint
over the whole diagram, so uneven edges can never cross.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Voronoi, cKDTree

from geodata.sample.plane import Points

OUTSIDE = -1
"""Label of cells beyond the city's limits."""

EDGE_STEP_KM = 0.16
"""Length of the straight pieces an uneven edge is made of."""

UNEVENNESS = 0.16
"""How far an edge strays from straight, as a share of its length."""

ROOM_USED = 0.8
"""Share of the room beside an edge that it may use."""

Labels = NDArray[np.int64]


def spread_seeds(cloud: Points, n_seeds: int, rounds: int, rng: np.random.Generator) -> Points:
    """Pick seeds that follow the density of a cloud of points and keep apart from each other.

    Parameters
    ----------
    cloud : ndarray of float, shape (n, 2)
        Points drawn from the wanted density.
    n_seeds, rounds : int
        Number of seeds, and of Lloyd's steps; few steps leave the seeds irregular.
    rng : numpy Generator

    Returns
    -------
    ndarray of float, shape (n_seeds, 2)

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> spread_seeds(rng.random((500, 2)), 5, 3, rng).shape
    (5, 2)
    """
    seeds = cloud[rng.choice(len(cloud), n_seeds, replace=False)]
    for _ in range(rounds):
        nearest = cKDTree(seeds).query(cloud)[1]
        sizes = np.bincount(nearest, minlength=n_seeds)
        sums = [np.bincount(nearest, cloud[:, axis], n_seeds) for axis in (0, 1)]
        moved = np.column_stack(sums) / np.maximum(sizes, 1)[:, None]
        seeds = np.where(sizes[:, None] > 0, moved, seeds)
    return seeds


def keep_together(labels: Labels, pairs: NDArray[np.int64]) -> Labels:
    """Hand detached parts of a label to the neighbour they touch most.

    Parameters
    ----------
    labels : ndarray of int64, shape (n,)
        Label of each cell; `OUTSIDE` is left alone.
    pairs : ndarray of int64, shape (m, 2)
        Cells that share an edge.

    Returns
    -------
    ndarray of int64, shape (n,)
        Every label in one piece.

    Examples
    --------
    >>> keep_together(np.array([0, 1, 0, 0]), np.array([[0, 1], [1, 2], [2, 3]]))
    array([1, 1, 0, 0])
    """
    labels = labels.copy()
    while (strays := _stray_cells(labels, pairs)).any():
        both = np.concatenate([pairs, pairs[:, ::-1]])
        useful = strays[both[:, 0]] & ~strays[both[:, 1]] & (labels[both[:, 1]] != OUTSIDE)
        cells, offered = both[useful, 0], labels[both[useful, 1]]
        if not cells.size:
            raise ValueError("labels: a detached part touches no other label")
        for cell in np.unique(cells):
            labels[cell] = np.bincount(offered[cells == cell]).argmax()
    return labels


def merged_tiles(diagram: Voronoi, labels: Labels, rng: np.random.Generator) -> NDArray[Any]:
    """Merge the cells of a diagram by label into polygons with uneven outlines.

    Parameters
    ----------
    diagram : scipy Voronoi
        Cells around seeds, in kilometres.
    labels : ndarray of int64, shape (n,)
        Label of each seed, 0 and up without gaps, or `OUTSIDE`.
    rng : numpy Generator

    Returns
    -------
    ndarray of shapely geometries, shape (labels,)
        A valid coverage: neighbours share all corners of their common border.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> diagram = Voronoi(rng.random((200, 2)) * 20)
    >>> inside = (np.abs(diagram.points - 10) < 7).all(axis=1)
    >>> tiles = merged_tiles(diagram, np.where(inside, 0, OUTSIDE), rng)
    >>> bool(shapely.is_valid(tiles[0]))
    True
    """
    faces = np.asarray(shapely.get_parts(shapely.polygonize(list(_edges(diagram, labels, rng)))))
    seed_points = np.asarray(shapely.points(diagram.points))
    face, seed = shapely.STRtree(seed_points).query(faces, predicate="contains")
    label_of_face = np.full(len(faces), OUTSIDE, dtype=np.int64)
    label_of_face[face] = labels[seed]
    merged = [
        shapely.coverage_union_all(faces[label_of_face == label])
        for label in range(int(labels.max()) + 1)
    ]
    return np.array(merged, dtype=object)


def _stray_cells(labels: Labels, pairs: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return the cells that are not in the largest part of their label."""
    n = len(labels)
    same = pairs[labels[pairs[:, 0]] == labels[pairs[:, 1]]]
    graph = coo_array((np.ones(len(same)), (same[:, 0], same[:, 1])), shape=(n, n))
    part = connected_components(graph, directed=False)[1]
    sizes = np.bincount(part)[part]
    stray = np.zeros(n, dtype=bool)
    for label in np.unique(labels[labels != OUTSIDE]):
        members = labels == label
        largest = part[members][sizes[members].argmax()]
        stray |= members & (part != largest)
    return stray


def _edges(diagram: Voronoi, labels: Labels, rng: np.random.Generator) -> Iterator[Any]:
    """Yield the edge lines of all labelled cells, uneven where two labels meet."""
    for (one, other), corners in diagram.ridge_dict.items():
        if labels[one] == labels[other] == OUTSIDE or OUTSIDE in corners:
            continue
        line = diagram.vertices[list(corners)]
        if labels[one] != labels[other]:
            line = _uneven(line, diagram.points[[one, other]], rng)
        yield shapely.LineString(line)


def _uneven(line: Points, seeds: Points, rng: np.random.Generator) -> Points:
    """Return the edge as a line of short pieces that strays within its room on both sides."""
    along = line[1] - line[0]
    length = float(np.hypot(*along))
    halvings = int(np.clip(np.log2(max(length / EDGE_STEP_KM, 1)), 0, 5))
    position = np.linspace(0, 1, 2**halvings + 1)
    normal = np.array([-along[1], along[0]]) / length
    offset = _fractal_offset(halvings, rng) * UNEVENNESS * length
    left, right = _room(position, line, seeds, along / length, normal, length)
    offset = np.clip(offset, -ROOM_USED * right, ROOM_USED * left)
    uneven: Points = line[0] + position[:, None] * along + offset[:, None] * normal
    uneven[-1] = line[1]  # not the sum, which may differ in its last bit and leave the ring open
    return uneven


def _fractal_offset(halvings: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return offsets by midpoint displacement, 0 at both ends."""
    offset = np.zeros(2)
    for level in range(halvings):
        middle = (offset[1:] + offset[:-1]) / 2 + rng.normal(0, 0.6 * 0.55**level, len(offset) - 1)
        offset = np.insert(offset, np.arange(1, len(offset)), middle)
    return offset


def _room(
    position: NDArray[np.float64],
    line: Points,
    seeds: Points,
    along: Points,
    normal: Points,
    length: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how far the triangle towards each seed reaches at every position, left and right."""
    room = {True: np.zeros_like(position), False: np.zeros_like(position)}
    for seed in seeds:
        foot = float((seed - line[0]) @ along) / length
        height = float((seed - line[0]) @ normal)
        rising = position / foot if foot > 0 else np.ones_like(position)
        falling = (1 - position) / (1 - foot) if foot < 1 else np.ones_like(position)
        room[height > 0] = abs(height) * np.minimum(np.minimum(rising, falling), 1)
    return room[True], room[False]
