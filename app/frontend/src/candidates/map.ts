// The map beside the table of candidates: townships coloured by their rank, one of them marked.
import type { Map as MapLibreMap } from "maplibre-gl";
import { element } from "../dom";
import { message } from "../messages";
import { fetchShapes } from "../map/api";
import { LABEL_FONTS } from "../map/base_map";
import { INK, MISSING_COLOUR, OUTLINE, TOWNSHIP_COLOURS } from "../map/palette";
import { trySmallMap } from "../map/small_map";
import { rankClass } from "./what_if";

const NAMES_FROM_ZOOM = 9.5;
const NO_CODE = "";

/** Four of the five colours of the townships' scale, the strongest for the first. */
const COLOURS = [0, 1, 3, 4].map((at) => TOWNSHIP_COLOURS[at] ?? MISSING_COLOUR);

export class CandidateMap {
  private ranks: Record<string, number> = {};
  private ready = false;
  private selected = NO_CODE;

  private constructor(
    private readonly map: MapLibreMap,
    private readonly container: HTMLElement,
    private readonly legend: HTMLElement | null,
    private first: number,
  ) {}

  /** Starts the map of `data-run`; null where the browser cannot draw. */
  static start(container: HTMLElement, legend: HTMLElement | null, first: number, onSelect: (code: string) => void): CandidateMap | null {
    const map = trySmallMap(container);
    if (!map) return null;
    const made = new CandidateMap(map, container, legend, first);
    map.on("load", () => {
      made.draw(container.dataset.run ?? "").catch((error: unknown) => console.warn("outlines of the townships:", error));
    });
    map.on("click", "fill", ({ features }) => {
      const code = features?.[0]?.properties.code as unknown;
      if (typeof code === "string") onSelect(code);
    });
    map.on("mouseenter", "fill", () => (map.getCanvas().style.cursor = "pointer"));
    map.on("mouseleave", "fill", () => (map.getCanvas().style.cursor = ""));
    return made;
  }

  show(ranks: Record<string, number>, first: number): void {
    this.ranks = ranks;
    this.first = first;
    this.writeLegend();
    if (!this.ready) return;
    for (const [id, rank] of Object.entries(ranks)) {
      this.map.setFeatureState({ source: "townships", id }, { rank: rankClass(rank, first) });
    }
  }

  select(code: string): void {
    this.selected = code;
    if (this.ready) this.map.setFilter("selected", ["==", ["get", "code"], code]);
  }

  private async draw(run: string): Promise<void> {
    const shapes = await fetchShapes(run);
    this.map.addSource("townships", { type: "geojson", data: shapes, promoteId: "code" });
    const colour = COLOURS.flatMap((each, at) => [at, each]);
    this.map.addLayer({
      id: "fill",
      type: "fill",
      source: "townships",
      paint: { "fill-color": ["match", ["number", ["feature-state", "rank"], -1], ...colour, MISSING_COLOUR] as never },
    });
    this.map.addLayer({ id: "outline", type: "line", source: "townships", paint: { "line-color": OUTLINE, "line-width": 0.8 } });
    this.map.addLayer({
      id: "selected",
      type: "line",
      source: "townships",
      filter: ["==", ["get", "code"], this.selected],
      paint: { "line-color": INK, "line-width": 3 },
    });
    this.map.addLayer({
      id: "names",
      type: "symbol",
      source: "townships",
      minzoom: NAMES_FROM_ZOOM,
      layout: { "text-field": ["get", "name"], "text-font": LABEL_FONTS, "text-size": 12 },
      paint: { "text-color": INK, "text-halo-color": "#ffffff", "text-halo-width": 1.5 },
    });
    const lngs = shapes.features.map(({ properties }) => properties.lng);
    const lats = shapes.features.map(({ properties }) => properties.lat);
    if (lngs.length) this.map.fitBounds([Math.min(...lngs), Math.min(...lats), Math.max(...lngs), Math.max(...lats)], { padding: 28, duration: 0 });
    this.ready = true;
    this.show(this.ranks, this.first);
    this.map.once("idle", () => {
      this.container.dataset.ready = "1";
    });
  }

  private writeLegend(): void {
    const n = this.first;
    const lines = [
      message("board.legend.first", { n: String(n) }),
      message("board.legend.to", { from: String(n + 1), to: String(2 * n) }),
      message("board.legend.to", { from: String(2 * n + 1), to: String(5 * n) }),
      message("board.legend.rest"),
    ];
    const entries = lines.map((text, at) => {
      const swatch = element("span", { class: `key rank-class-${at + 1}` });
      return element("li", {}, swatch, text);
    });
    this.legend?.replaceChildren(...entries);
  }
}
