// A map beside a table of townships: coloured by class, one township marked, a click or Enter chooses one.
import type { Map as MapLibreMap, PointLike } from "maplibre-gl";
import { element } from "../dom";
import { readJson, type TownshipProperties, type TownshipShapes } from "../map/api";
import { LABEL_FONTS } from "../map/base_map";
import { INK, MISSING_COLOUR, OUTLINE, TOWNSHIP_COLOURS } from "../map/palette";
import { trySmallMap } from "../map/small_map";

const NAMES_FROM_ZOOM = 9.5;
const NO_CODE = "";

/** Class of a township that has no value. */
const ABSENT = -1;

/** Four of the five colours of the townships' scale, the weakest first; `.rank-class-…` are the same. */
const COLOURS = [0, 1, 3, 4].map((at) => TOWNSHIP_COLOURS[at] ?? MISSING_COLOUR);

/** What the map shows. */
export interface Colours {
  /** class of each township by its code, 0 the weakest colour; who is not named has none */
  of: Record<string, number>;
  /** the legend, in its order; a class below 0 is that of townships without a value */
  legend: { of: number; text: string }[];
}

export class TownshipMap {
  private colours: Colours = { of: {}, legend: [] };
  private places = new Map<string, TownshipProperties>();
  private selected = NO_CODE;

  private constructor(
    private readonly map: MapLibreMap,
    private readonly container: HTMLElement,
    private readonly legend: HTMLElement | null,
    private readonly onSelect: (code: string) => void,
  ) {}

  /** Starts the map of the outlines at `data-shapes`; null where the browser cannot draw. */
  static start(container: HTMLElement, legend: HTMLElement | null, onSelect: (code: string) => void): TownshipMap | null {
    const map = trySmallMap(container);
    if (!map) return null;
    const made = new TownshipMap(map, container, legend, onSelect);
    map.on("load", () => {
      made.draw(container.dataset.shapes ?? "").catch((error: unknown) => console.warn("outlines of the townships:", error));
    });
    map.on("mouseenter", "fill", () => (map.getCanvas().style.cursor = "pointer"));
    map.on("mouseleave", "fill", () => (map.getCanvas().style.cursor = ""));
    map.on("click", ({ point }) => made.choose(point));
    map.getCanvas().addEventListener("keydown", ({ key }) => {
      if (key === "Enter") made.choose(map.project(map.getCenter()));
    });
    return made;
  }

  show(colours: Colours): void {
    this.colours = colours;
    this.writeLegend();
    for (const id of this.places.keys()) {
      this.map.setFeatureState({ source: "townships", id }, { class: colours.of[id] ?? ABSENT });
    }
  }

  /** Outlines a township, and brings it into sight. */
  select(code: string): void {
    this.selected = code;
    const place = this.places.get(code);
    if (!place) return;
    this.map.setFilter("selected", ["==", ["get", "code"], code]);
    const at: [number, number] = [place.lng, place.lat];
    if (!this.map.getBounds().contains(at)) this.map.panTo(at);
  }

  private choose(point: PointLike): void {
    if (!this.places.size) return;
    const [found] = this.map.queryRenderedFeatures(point, { layers: ["fill"] });
    const code = found?.properties.code as unknown;
    if (typeof code === "string") this.onSelect(code);
  }

  private async draw(address: string): Promise<void> {
    const shapes = await readJson<TownshipShapes>(address);
    this.map.addSource("townships", { type: "geojson", data: shapes, promoteId: "code" });
    this.addLayers();
    const all = shapes.features.map(({ properties }) => properties);
    const [lngs, lats] = [all.map(({ lng }) => lng), all.map(({ lat }) => lat)];
    if (all.length) this.map.fitBounds([Math.min(...lngs), Math.min(...lats), Math.max(...lngs), Math.max(...lats)], { padding: 28, duration: 0 });
    this.places = new Map(all.map((place) => [place.code, place]));
    this.show(this.colours);
    this.select(this.selected);
    this.map.once("idle", () => {
      this.container.dataset.ready = "1";
    });
  }

  private addLayers(): void {
    const colour = COLOURS.flatMap((each, at) => [at, each]);
    this.map.addLayer({
      id: "fill",
      type: "fill",
      source: "townships",
      paint: { "fill-color": ["match", ["number", ["feature-state", "class"], ABSENT], ...colour, MISSING_COLOUR] as never },
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
  }

  private writeLegend(): void {
    const entries = this.colours.legend.map(({ of, text }) => {
      const name = of < 0 ? "absent" : String(COLOURS.length - of);
      return element("li", {}, element("span", { class: `key rank-class-${name}` }), text);
    });
    this.legend?.replaceChildren(...entries);
  }
}
