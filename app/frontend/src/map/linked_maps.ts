// Two maps of the same cells that move together.
import type { FeatureCollection } from "geojson";
import type { GeoJSONSource, Map as MapLibreMap } from "maplibre-gl";
import { makeBaseMap } from "./base_map";
import { type CellColour, CellLayer } from "./cell_layer";
import { cellRing, type HexagonMesh } from "./hexagons";
import { INK } from "./palette";
import { addOutlines } from "./small_map";
import type { View } from "./state";

const EMPTY: FeatureCollection = { type: "FeatureCollection", features: [] };

export interface CellMapOptions {
  container: HTMLElement;
  mesh: HexagonMesh;
  cells: number;
  townships: FeatureCollection;
  bounds: [number, number, number, number];
  view: View | null;
}

/** One map of all cells, below the townships' outlines, and the outline of the chosen one. */
export class CellMap {
  readonly map: MapLibreMap;
  private readonly layer: CellLayer;
  private chosen: bigint | null = null;

  /** @throws GPUInitializationError where the browser cannot draw */
  constructor({ container, mesh, cells, townships, bounds, view }: CellMapOptions) {
    this.layer = new CellLayer(mesh, cells);
    this.map = makeBaseMap({ container, bounds, view });
    this.map.on("load", () => {
      this.map.addLayer(this.layer);
      addOutlines(this.map, townships);
      this.map.addSource("selection", { type: "geojson", data: EMPTY, tolerance: 0 });
      this.map.addLayer({ id: "selection-casing", type: "line", source: "selection", paint: { "line-color": "#ffffff", "line-width": 5 } });
      this.map.addLayer({ id: "selection", type: "line", source: "selection", paint: { "line-color": INK, "line-width": 2.5 } });
      this.outline(this.chosen);
    });
    // A lost graphics context takes the cells with it; MapLibre restores its own layers.
    this.map.on("webglcontextrestored", () => {
      this.map.once("idle", () => {
        if (!this.map.getLayer(this.layer.id)) this.map.addLayer(this.layer, "outline");
      });
    });
  }

  paint(colourOf: CellColour): void {
    this.layer.paint(colourOf);
  }

  outline(cell: bigint | null): void {
    this.chosen = cell;
    const ring = cell === null ? null : cellRing(cell);
    const data: FeatureCollection = ring
      ? { type: "FeatureCollection", features: [{ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: ring } }] }
      : EMPTY;
    this.map.getSource<GeoJSONSource>("selection")?.setData(data);
  }
}

/** Whatever one map shows, the other shows too. */
export function linkMovement(one: MapLibreMap, other: MapLibreMap): void {
  let following = false;
  const follow = (leader: MapLibreMap, follower: MapLibreMap) => () => {
    if (following) return;
    following = true;
    follower.jumpTo({ center: leader.getCenter(), zoom: leader.getZoom() });
    following = false;
  };
  one.on("move", follow(one, other));
  other.on("move", follow(other, one));
}
