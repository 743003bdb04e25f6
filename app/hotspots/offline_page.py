"""One HTML page with a map and all that it needs: what every offline map has in common."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import Any

import folium
from branca.element import Element, MacroElement
from folium.template import Template
from folium.utilities import JsCode

from app.assets import DIST, asset_path
from app.errors import Missing
from app.hotspots.export_sheet import word

NARROW = 600
"""Windows of fewer CSS pixels open with the sheet and the box of layers folded."""

LIBRARY = ("leaflet.js", "leaflet.css")
NO_LIBRARY = "leaflet is missing from the built front end: run `make frontend`"

STYLE = """
<style>
html, body, .folium-map { height: 100%%; margin: 0; font-family: "Noto Sans CJK SC",
  "Microsoft YaHei", "PingFang SC", sans-serif; background: #f5f6f8; }
.sheet { position: fixed; z-index: 900; left: 12px; bottom: 48px; box-sizing: border-box;
  padding: 8px 14px; background: #fffffff2; border-radius: 6px; font-size: 13px;
  max-width: min(340px, calc(100vw - 24px)); max-height: min(70%%, calc(100%% - 66px));
  overflow-y: auto; box-shadow: 0 1px 6px #0003; }
.sheet h1 { font-size: 15px; margin: 0; display: inline; overflow-wrap: anywhere; }
.sheet h2 { font-size: 13px; margin: 10px 0 2px; }
.sheet p { margin: 2px 0; color: #444; overflow-wrap: anywhere; }
.sheet summary { cursor: pointer; padding: 4px 0; }
.sheet > summary span { display: block; color: #0b57a4; }
.sheet details { border-left: 2px solid #ccd; padding-left: 8px; }
.sheet details summary { color: #0b57a4; }
.sheet section.off h2 { color: #666; font-weight: normal; }
.sheet section.off .rows { display: none; }
.sheet i { display: inline-block; box-sizing: border-box; width: 12px; height: 12px;
  margin-right: 6px; }
.sheet i.circle { border-radius: 50%%; }
.sheet i.diamond { width: 10px; height: 10px; margin: 0 7px 0 1px; transform: rotate(45deg);
  border: 1px solid #222; }
.leaflet-container .leaflet-control-layers-toggle { background-image: none; width: auto;
  height: auto; padding: 10px 12px; text-indent: 0; font-size: 13px; color: #222;
  text-decoration: none; }
.leaflet-container .leaflet-control-layers-toggle span { display: none; }
.leaflet-container .leaflet-control-layers-toggle::after { content: "%(layers)s"; }
@media (min-width: %(narrow)spx) { .sheet { max-height: calc(100%% - 66px); } }
</style>
"""


class _Verbatim(Element):
    """A piece of the page as it is: branca would read the text itself as a template."""

    def __init__(self, text: str) -> None:
        super().__init__("{{ this.text }}")
        self.text = text


class _Behaviour(MacroElement):
    """Fold and unfold with the width of the window; the legend follows the layers that are on."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            L.control.scale({imperial: false}).addTo({{ this._parent.get_name() }});
            document.querySelector(".sheet").open = window.innerWidth >= {{ this.narrow }};
            {{ this._parent.get_name() }}.on("overlayadd overlayremove", (change) => {
                for (const section of document.querySelectorAll(".sheet section")) {
                    if (section.dataset.layer === change.name) {
                        section.classList.toggle("off", change.type === "overlayremove");
                    }
                }
            });
        {% endmacro %}
        """
    )

    def __init__(self) -> None:
        Element.__init__(self)
        self._name = "Behaviour"
        self.narrow = NARROW


def offline_map(
    layers: Iterable[folium.GeoJson | folium.FeatureGroup],
    bounds: tuple[float, float, float, float],
) -> folium.Map:
    """Return a map of layers without tiles, with a box of layers and a scale.

    Parameters
    ----------
    layers : iterable
        The lowest first.
    bounds : (west, south, east, north)
        What the window shows at first.
    """
    west, south, east, north = bounds
    page = folium.Map(
        tiles=None,
        prefer_canvas=True,
        attributionControl=False,
        # Without tiles any zoom is as sharp as another: the city fills the window.
        zoom_snap=0.25,
    )
    # Everything that folium would fetch from elsewhere; leaflet itself is put in below.
    page.default_js, page.default_css = [], []
    for layer in layers:
        layer.add_to(page)
    control = folium.LayerControl()
    options: dict[str, Any] = control.options
    options["collapsed"] = JsCode(f"window.innerWidth < {NARROW}")
    control.add_to(page)
    page.fit_bounds([[south, west], [north, east]])
    page.add_child(_Behaviour())
    return page


def page_text(page: folium.Map, title: str, sheet: str, language: str) -> str:
    """Return the page: the map, leaflet itself, and the sheet (markup) over it.

    Raises
    ------
    Missing
        There is no leaflet to put inside.
    """
    style = STYLE % {"layers": word("layers", language), "narrow": NARROW}
    figure: Any = page.get_root()
    figure.header.add_child(_Verbatim(_library()), name="leaflet", index=0)
    figure.header.add_child(_Verbatim(style), name="style")
    figure.html.add_child(_Verbatim(sheet), name="sheet")
    figure.title = html.escape(title)
    text = _without_links(figure.render())
    lang = "zh-CN" if language.startswith("zh") else "en"
    return text.replace("<html>", f'<html lang="{lang}">', 1)


def _library() -> str:
    """Leaflet itself, as it was built into the front end."""
    try:
        script, style = ((DIST.parent / asset_path(name)).read_text("utf-8") for name in LIBRARY)
    except FileNotFoundError:
        raise Missing(NO_LIBRARY, "前端未构建：请运行 make frontend") from None
    return f"<script>{script}</script>\n<style>{style}</style>"


def _without_links(page: str) -> str:
    """Take out the address of leaflet's own site: nothing in the page points elsewhere."""
    return page.replace('href="https://leafletjs.com"', 'href="#"')
