"""The page of a map that the server draws: every move is a link, every choice a plain form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.accounts.access import Access
from app.hotspots.definitions import layer_definitions
from app.hotspots.periods import WHOLE_SPAN
from app.hotspots.runs import list_runs, load_run
from app.takeaway.features import Asked, asked
from app.takeaway.scene import Scene
from app.takeaway.screen import Screen
from app.takeaway.state import GROUNDS, LAYERS, DrawnState
from app.takeaway.strongest import Strong, strongest
from app.translation import _
from geodata.home import Home

WIDE, NARROW = (1000, 640), (360, 420)
"""Size of the picture in CSS pixels: beside its table, and on a phone."""

STRIDE = 0.5
"""Of the window, that one link moves the map."""

CLOSE_ENOUGH = 13.0
"""Zoom at which a row of the table is shown."""

FARTHEST, CLOSEST = 3.0, 18.0


@dataclass(frozen=True)
class Move:
    """A link that shows another part of the map: ``key`` names its arrow."""

    key: str
    label: str
    query: str


def drawn_page(home: Home, access: Access, state: DrawnState) -> dict[str, Any]:
    """Return the context of the page.

    ``pictures`` has the addresses of the ``wide`` and the ``narrow`` picture; ``moves`` are
    `Move`; ``choices`` are ``(name, title, shown, is_ground)``; ``steps`` ``(index, label)``;
    ``lists`` ``(title, [(Strong, query)])``; ``query`` is the state itself, for a link back.

    Raises
    ------
    Missing
        The state names a run that does not exist.
    InvalidParameter
        The run has no such step.
    """
    runs = list_runs(home)
    run = load_run(home, state.run) if state.run else next(iter(runs), None)
    if run is None:
        return {"runs": runs, "run": None}
    question = asked(home, access, run, state.step)
    titles = {name: each["title"] for name, each in layer_definitions(run).items()}
    wide = state.model_copy(update={"width": WIDE[0], "height": WIDE[1]})
    return {
        "runs": runs,
        "run": run,
        "state": state,
        "query": state.query(run=run.id),
        "pictures": {name: _picture(state, run.id, size) for name, size in _SIZES.items()},
        "size": WIDE,
        "moves": _moves(state, Scene.of(question, wide).screen),
        "choices": [(name, titles[name], name in state.layers, name in GROUNDS) for name in LAYERS],
        "steps": [(WHOLE_SPAN, _("全时段")), *((step.index, step.label) for step in run.steps)],
        "lists": [(titles[name], _rows(question, state, name)) for name in state.tabular],
    }


_SIZES = {"wide": WIDE, "narrow": NARROW}


def _picture(state: DrawnState, run_id: str, size: tuple[int, int]) -> str:
    query = state.query(run=None, width=size[0], height=size[1])
    return f"/hotspots/runs/{run_id}/drawn.png?{query}"


def _moves(state: DrawnState, screen: Screen) -> list[Move]:
    """Return links around the window that is seen, nearer, farther, and to the whole city."""
    ways = (
        ("north", _("向北"), 0, -STRIDE, 0),
        ("west", _("向西"), -STRIDE, 0, 0),
        ("east", _("向东"), STRIDE, 0, 0),
        ("south", _("向南"), 0, STRIDE, 0),
        ("nearer", _("放大"), 0, 0, 1),
        ("farther", _("缩小"), 0, 0, -1),
    )
    links = [
        Move(key, label, state.query(view=view_of(screen.moved(right, down, closer))))
        for key, label, right, down, closer in ways
        if FARTHEST <= screen.zoom + closer <= CLOSEST
    ]
    return [*links, Move("whole", _("全市"), state.query(view=None))]


def view_of(screen: Screen) -> str:
    """Return the middle of a window as the URL says it."""
    return f"{screen.zoom:.2f}/{screen.lat:.5f}/{screen.lng:.5f}"


def _rows(question: Asked, state: DrawnState, layer: str) -> list[tuple[Strong, str]]:
    return [
        (
            each,
            state.query(
                run=question.run.id,
                selected=each.selected,
                view=f"{CLOSE_ENOUGH:.2f}/{each.lat:.5f}/{each.lng:.5f}",
            ),
        )
        for each in strongest(question, layer)
    ]
