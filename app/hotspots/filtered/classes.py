"""Classes 问题分类: how many cases each has, as a tree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.cases.facts.coding import Entry
from app.cases.facts.table import Facts
from app.hotspots.filtered.class_paths import LEVELS, Path, path_text, paths_of
from app.hotspots.filtered.counting import CodeAxis


@dataclass(frozen=True, eq=False)
class ClassLevel:
    """The nodes of one level.

    Attributes
    ----------
    paths : list of Path
    axis : CodeAxis
        Over the codes of classes; those that end above this level are left out.
    """

    paths: list[Path]
    axis: CodeAxis


def class_levels(facts: Facts) -> list[ClassLevel]:
    """Return the levels of the tree, the coarsest first."""
    return [_level(facts.words["class"], level) for level in LEVELS]


def class_tree(
    levels: Sequence[ClassLevel], counts: Sequence[NDArray[np.int32]]
) -> list[dict[str, Any]]:
    """Return the classes that have cases: ``name, path, count, children``, the most frequent first.

    A child without a name stands for the cases that tell no class of its level.
    """
    roots: dict[Path, _Node] = {}
    nodes: dict[Path, _Node] = {}
    for level, of_level in zip(levels, counts, strict=True):
        for path, count in zip(level.paths, of_level.tolist(), strict=True):
            if count:
                nodes[path] = _Node(path, count)
                siblings = nodes[path[:-1]].children if len(path) > 1 else roots
                siblings[path] = nodes[path]
    return _listed(roots)


def _level(entries: Sequence[Entry], level: int) -> ClassLevel:
    places: dict[Path, int] = {}
    group = np.full(len(entries), -1, dtype=np.int32)
    for code, entry in enumerate(entries):
        paths = paths_of(entry)
        if len(paths) >= level:
            group[code] = places.setdefault(paths[level - 1], len(places))
    return ClassLevel(list(places), CodeAxis("class", group, len(places)))


@dataclass
class _Node:
    path: Path
    count: int
    children: dict[Path, _Node] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        only = next(iter(self.children.values()), None)
        # Where no case tells a finer class there is nothing to unfold.
        unfolds = len(self.children) > 1 or (only is not None and only.path[-1] is not None)
        return {
            "name": self.path[-1],
            "path": path_text(self.path),
            "count": self.count,
            "children": _listed(self.children) if unfolds else [],
        }


def _listed(nodes: dict[Path, _Node]) -> list[dict[str, Any]]:
    ordered = sorted(nodes.values(), key=lambda node: (-node.count, path_text(node.path)))
    return [node.to_json() for node in ordered]
