// A small map of places: their shapes or points, numbered candidates, and, in a form, a click that chooses a point.
import type { Feature, FeatureCollection, Point } from "geojson";
import { type GeoJSONSource, type Map as MapLibreMap, Marker } from "maplibre-gl";
import { element, pageData } from "../dom";
import { LABEL_FONTS } from "./base_map";
import { INK, PROJECT } from "./palette";
import { addOutlines, chooseByClick, fieldNamed, trySmallMap } from "./small_map";
import { spread } from "./spread";

const CLOSE_ZOOM = 15;
/** Width of a numbered mark (`.place-number`: 26 px) and a little air. */
const NUMBER_PIXELS = 28;
const EMPTY: FeatureCollection = { type: "FeatureCollection", features: [] };

type Bounds = [west: number, south: number, east: number, north: number];

/**
 * Starts the map of one element. `data-source` names the JSON of the shapes (a FeatureCollection; a point with a
 * `number` is drawn as a numbered mark, with a `name` it is labelled), `data-ground` the address of the outlines.
 * `data-lng-input, data-lat-input` name the fields that a click fills.
 */
export function startPlaceMap(container: HTMLElement): void {
  const shapes = pageData<FeatureCollection>(container.dataset.source ?? "") ?? EMPTY;
  const fields = fieldsOf(container);
  const map = trySmallMap(container);
  if (!map) return;
  const bounds = boundsOf(shapes.features);
  if (bounds) map.fitBounds(bounds, { padding: 48, maxZoom: CLOSE_ZOOM, duration: 0 });
  const chosen = new Marker({ color: PROJECT });
  const show = () => {
    const point = fields && pointOf(fields);
    if (point) chosen.setLngLat(point).addTo(map);
  };
  map.on("load", () => {
    addGround(map, container.dataset.ground ?? "", shapes.features.length === 0)
      .catch((error: unknown) => console.warn("outlines for the map of places:", error))
      .finally(() => {
        addShapes(map, shapes);
        show();
        map.once("idle", () => {
          container.dataset.ready = "1";
        });
        map.triggerRepaint();
      });
  });
  if (!fields) return;
  chooseByClick(map, fields, () => {
    show();
    fields.lng.dispatchEvent(new Event("change", { bubbles: true }));
  });
  fields.lng.addEventListener("input", show);
  fields.lat.addEventListener("input", show);
}

function fieldsOf({ dataset }: HTMLElement): { lng: HTMLInputElement; lat: HTMLInputElement } | null {
  const [lng, lat] = [fieldNamed(dataset.lngInput), fieldNamed(dataset.latInput)];
  return lng && lat ? { lng, lat } : null;
}

function pointOf({ lng, lat }: { lng: HTMLInputElement; lat: HTMLInputElement }): [number, number] | null {
  if (!lng.value.trim() || !lat.value.trim()) return null;
  const [east, north] = [Number(lng.value), Number(lat.value)];
  return Math.abs(east) <= 180 && Math.abs(north) <= 85 ? [east, north] : null;
}

function boundsOf(features: Feature[]): Bounds | null {
  const bounds: Bounds = [180, 90, -180, -90];
  const visit = (value: unknown): void => {
    if (!Array.isArray(value)) return;
    const [lng, lat] = value as unknown[];
    if (typeof lng !== "number" || typeof lat !== "number") return value.forEach(visit);
    bounds[0] = Math.min(bounds[0], lng);
    bounds[1] = Math.min(bounds[1], lat);
    bounds[2] = Math.max(bounds[2], lng);
    bounds[3] = Math.max(bounds[3], lat);
  };
  for (const { geometry } of features) if ("coordinates" in geometry) visit(geometry.coordinates);
  return bounds[0] <= bounds[2] ? bounds : null;
}

async function addGround(map: MapLibreMap, address: string, fit: boolean): Promise<void> {
  if (!address) return;
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  const ground = (await answer.json()) as FeatureCollection;
  addOutlines(map, ground);
  const bounds = fit ? boundsOf(ground.features) : null;
  if (bounds) map.fitBounds(bounds, { padding: 24, duration: 0 });
}

function addShapes(map: MapLibreMap, shapes: FeatureCollection): void {
  map.addSource("places", { type: "geojson", data: EMPTY, tolerance: 0 });
  map.addLayer({ id: "place-fill", type: "fill", source: "places", paint: { "fill-color": PROJECT, "fill-opacity": 0.18 } });
  map.addLayer({ id: "place-edge", type: "line", source: "places", paint: { "line-color": PROJECT, "line-width": 2 } });
  map.addLayer({
    id: "place-dot",
    type: "circle",
    source: "places",
    filter: ["==", ["geometry-type"], "Point"],
    paint: { "circle-color": PROJECT, "circle-radius": 6, "circle-stroke-color": "#ffffff", "circle-stroke-width": 1.5 },
  });
  map.addLayer({
    id: "place-name",
    type: "symbol",
    source: "places",
    layout: { "text-field": ["get", "name"], "text-font": LABEL_FONTS, "text-size": 13, "text-anchor": "top", "text-offset": [0, 0.8] },
    paint: { "text-color": INK, "text-halo-color": "#ffffff", "text-halo-width": 1.8 },
  });
  const plain = shapes.features.filter(({ properties }) => properties?.number === undefined);
  map.getSource<GeoJSONSource>("places")?.setData({ type: "FeatureCollection", features: plain });
  addNumbers(map, shapes);
}

/** Puts the numbered marks beside one another where their points are near; dots tell the points themselves. */
function addNumbers(map: MapLibreMap, shapes: FeatureCollection): void {
  const numbered = shapes.features.filter(({ geometry, properties }) => properties?.number !== undefined && geometry.type === "Point");
  if (!numbered.length) return;
  map.addSource("numbered", { type: "geojson", data: { type: "FeatureCollection", features: numbered } });
  map.addLayer({
    id: "numbered-dot",
    type: "circle",
    source: "numbered",
    paint: { "circle-color": INK, "circle-radius": 3, "circle-stroke-color": "#ffffff", "circle-stroke-width": 1.5 },
  });
  const marks = numbered.map(({ geometry, properties }) => {
    const mark = element("span", { class: "place-number", title: String(properties?.name) }, String(properties?.number));
    const [lng = 0, lat = 0] = (geometry as Point).coordinates;
    return new Marker({ element: mark }).setLngLat([lng, lat]).addTo(map);
  });
  const place = () => {
    const points = marks.map((mark) => map.project(mark.getLngLat()));
    const offsets = spread(points.map(({ x, y }) => [x, y]), NUMBER_PIXELS);
    marks.forEach((mark, i) => mark.setOffset(offsets[i] ?? [0, 0]));
  };
  map.on("zoom", place);
  place();
}
