"""Drawing on a sheet in pixels, with Chinese letters: the only module that knows matplotlib."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import shapely
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.patches import Rectangle
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

POINTS = 0.72
"""Of a pixel: matplotlib counts lines and letters in 1/72 inch, a sheet has 100 pixels an inch."""

FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimHei",
    # Of a collection of fonts matplotlib sees the first one only; it has the Chinese letters too.
    "Noto Sans CJK JP",
)
"""The first that the machine has is taken."""

LAST_FONT = "DejaVu Sans"
"""Comes with matplotlib; has no Chinese letters."""

OUTLINES_A_PATH = 256
"""Outlines in one path; of too many Agg could not keep track."""

HATCHES = {"striped": "////", "dotted": "...", "hatched": "xxxx"}
WIDE_LETTERS_FROM = "\u2e80"

Pixels = NDArray[np.float64]


class Sheet:
    """A sheet of paper of some width and height in CSS pixels, from its upper left corner.

    Parameters
    ----------
    width, height : int
    scale : float
        Pixels of the picture for each CSS pixel.
    """

    def __init__(self, width: int, height: int, scale: float) -> None:
        self._figure = Figure(figsize=(width / 100, height / 100), dpi=100 * scale)
        FigureCanvasAgg(self._figure)
        self._axes = self._figure.add_axes((0, 0, 1, 1))
        self._axes.set_axis_off()
        self._axes.set_xlim(0, width)
        self._axes.set_ylim(height, 0)
        self._corner = np.zeros(2)
        self._window: Rectangle | None = None
        self._drawn = 0

    def open_window(self, left: float, top: float, width: float, height: float) -> None:
        """Cut what is drawn from now on to a window, and place it from the window's corner."""
        self._corner = np.array([left, top])
        self._window = Rectangle((left, top), width, height, visible=False)
        self._axes.add_patch(self._window)

    def close_window(self) -> None:
        """Draw on the whole sheet again."""
        self._corner, self._window = np.zeros(2), None

    def fill_cells(self, outlines: NDArray[Any], colour: str, line: float, pattern: str) -> None:
        """Fill outlines without holes, which may be many, with one colour and a pattern."""
        self._put(
            PathCollection(
                self._compounds(outlines),
                facecolor=colour,
                # Without a line, neighbours would let the ground shine through between them.
                edgecolor="#ffffff" if line else colour,
                linewidth=(line or 0.3) * POINTS,
                **_hatch(pattern),
            )
        )

    def fill_areas(self, shapes: Sequence[Any], colour: str) -> None:
        """Fill areas, which may have holes, with one colour."""
        paths = [self._path(part) for part in shapely.get_parts(list(shapes))]
        self._put(PathCollection(paths, facecolor=colour, linewidth=0))

    def outline(self, shapes: Sequence[Any], colour: str, width: float, opacity: float = 1) -> None:
        """Draw the outlines of areas."""
        rings = shapely.get_rings(shapely.get_parts(list(shapes)))
        lines = [shapely.get_coordinates(ring) + self._corner for ring in rings]
        self._put(LineCollection(lines, colors=colour, linewidths=width * POINTS, alpha=opacity))

    def line(self, points: Sequence[tuple[float, float]], colour: str, width: float) -> None:
        """Draw one line."""
        moved = np.array(points) + self._corner
        self._put(LineCollection([moved], colors=colour, linewidths=width * POINTS))

    def mark(self, at: Pixels, sign: str, size: float, fill: str, edge: str) -> None:
        """Put a sign at each place: ``o`` circle, ``D`` diamond, ``s`` square; `size` across."""
        moved = np.reshape(at, (-1, 2)) + self._corner
        width = (size * POINTS) ** 2
        self._put(
            self._axes.scatter(
                moved[:, 0], moved[:, 1], s=width, marker=sign, facecolor=fill, edgecolor=edge,
                linewidth=min(1.4, size / 8) * POINTS,
            )
        )  # fmt: skip

    def box(
        self, corner: tuple[float, float], width: float, height: float, fill: str, *,
        edge: str = "none", pattern: str = "solid",
    ) -> None:  # fmt: skip
        """Draw a rectangle."""
        at = np.array(corner) + self._corner
        self._put(
            Rectangle(
                (at[0], at[1]), width, height, facecolor=fill, edgecolor=edge,
                linewidth=POINTS, **_hatch(pattern),
            )
        )  # fmt: skip

    def write(
        self, at: tuple[float, float], text: str, size: float, colour: str, *,
        bold: bool = False, middle: bool = False, halo: bool = False,
    ) -> None:  # fmt: skip
        """Write one line, beginning at a place or around it; `size` in pixels."""
        place = np.array(at) + self._corner
        self._put(
            self._axes.text(
                place[0],
                place[1],
                text,
                # A dollar would begin a formula.
                parse_math=False,
                fontfamily=[chinese_font(), LAST_FONT],
                fontsize=size * POINTS,
                fontweight="bold" if bold else "normal",
                color=colour,
                ha="center" if middle else "left",
                va="center",
                path_effects=[withStroke(linewidth=2.4 * POINTS, foreground="#ffffff")]
                if halo
                else [],
            )
        )

    def png(self) -> bytes:
        """Return the sheet as a PNG; the same drawing gives the same bytes."""
        file = io.BytesIO()
        self._figure.savefig(file, format="png", metadata={"Software": None})
        return file.getvalue()

    def _put(self, drawn: Artist) -> None:
        # In the order of drawing, whatever it is: matplotlib would sort by kind.
        self._drawn += 1
        drawn.set_zorder(self._drawn)
        if isinstance(drawn, Rectangle):
            self._axes.add_patch(drawn)
        elif drawn.axes is None:
            self._axes.add_artist(drawn)
        drawn.set_clip_on(True)
        if self._window is not None:
            drawn.set_clip_path(self._window)

    def _compounds(self, outlines: NDArray[Any]) -> list[Path]:
        """Return outlines as paths of many each: matplotlib is slow to make a path."""
        corners, owner = shapely.get_coordinates(outlines, return_index=True)
        starts = np.flatnonzero(np.diff(owner)) + 1
        codes = np.full(len(corners), Path.LINETO, dtype=Path.code_type)
        codes[np.r_[0, starts]] = Path.MOVETO
        codes[np.r_[starts, len(corners)] - 1] = Path.CLOSEPOLY
        cuts = starts[OUTLINES_A_PATH - 1 :: OUTLINES_A_PATH]
        parts = zip(np.split(corners + self._corner, cuts), np.split(codes, cuts), strict=True)
        return [Path(points, kinds) for points, kinds in parts]

    def _path(self, polygon: Any) -> Path:
        turned = shapely.orient_polygons(polygon)
        rings = [shapely.get_coordinates(ring) + self._corner for ring in shapely.get_rings(turned)]
        return Path.make_compound_path(*(Path(ring, closed=True) for ring in rings))


@cache
def chinese_font() -> str:
    """Return the machine's first font with Chinese letters, or matplotlib's own without."""
    known = {font.name for font in fontManager.ttflist}
    return next((name for name in FONTS if name in known), LAST_FONT)


def width_of(text: str, size: float) -> float:
    """Return about how many pixels a line takes: Chinese letters are square, others narrower."""
    return sum(1.0 if letter >= WIDE_LETTERS_FROM else 0.58 for letter in text) * size


def _hatch(pattern: str) -> dict[str, Any]:
    return {"hatch": HATCHES[pattern], "hatchcolor": "#ffffff"} if pattern in HATCHES else {}
