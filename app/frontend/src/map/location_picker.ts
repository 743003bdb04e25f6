// A small map beside a form: shows a place and the reach of its radius, and lets a click choose the place.
import type { Geometry } from "geojson";
import { type GeoJSONSource, type Map as MapLibreMap, Marker } from "maplibre-gl";
import { fetchShapes } from "./api";
import { circle } from "./overlays";
import { PROJECT } from "./palette";
import { message } from "../messages";
import { addOutlines, chooseByClick, type Drawing, fieldNamed, trySmallMap } from "./small_map";

/** Length of the equator in metres, and of the world at zoom 0 in pixels. */
const EQUATOR = 40_075_017;
const WORLD_PIXELS = 512;
const DEFAULT_RADIUS = 150;
/** Part of the map's shorter side that the reach takes, so that its surroundings are seen too. */
const REACH_SHARE = 0.36;
const CLOSE_ZOOM = 14.5;

interface Fields {
  lng: HTMLInputElement | null;
  lat: HTMLInputElement | null;
  radius: HTMLInputElement | null;
  corners: HTMLTextAreaElement | null;
}

interface Reach {
  lng: number;
  lat: number;
  radius: number;
  corners: Corner[];
}

type Corner = [number, number];

/**
 * Starts the picker of one element. `data-lng-input, data-lat-input, data-radius-input` name the form's fields;
 * with `data-readonly` the place comes from `data-lng, data-lat, data-radius`. `data-run` gives the outlines.
 * `data-corners-input` names the field of an area's corners, one `lng,lat` a line, which buttons draw and remove;
 * `data-corners` gives them for reading.
 */
export function startLocationPicker(container: HTMLElement): void {
  const fields = fieldsOf(container);
  const start = reachOf(container, fields);
  const view = start ? { zoom: CLOSE_ZOOM, lat: start.lat, lng: start.lng } : null;
  const map = trySmallMap(container, view);
  if (!map) return;
  const marker = new Marker({ color: PROJECT });
  const show = (reach: Reach | null) => {
    if (reach) marker.setLngLat([reach.lng, reach.lat]).addTo(map);
    const shape = reach ? shapeOf(reach) : null;
    const features = shape ? [{ type: "Feature" as const, geometry: shape, properties: {} }] : [];
    map.getSource<GeoJSONSource>("reach")?.setData({ type: "FeatureCollection", features });
  };
  if (start) fitReach(map, start);
  map.on("load", () => {
    addGround(map, runOf(container), !start).catch((error: unknown) => {
      console.warn("outlines for the location picker:", error);
    });
    addReach(map);
    show(start);
    map.once("idle", () => {
      container.dataset.ready = "1";
    });
  });
  if (container.dataset.readonly !== undefined) return;
  const drawing = fields.corners ? addDrawing(container, fields.corners, () => show(reachOf(container, fields))) : null;
  chooseByClick(map, fields, () => show(reachOf(container, fields)), drawing);
  for (const field of Object.values(fields)) {
    field?.addEventListener("input", () => show(reachOf(container, fields)));
    // Once a figure is complete, not at each of its digits.
    field?.addEventListener("change", () => {
      const reach = reachOf(container, fields);
      if (reach) fitReach(map, reach);
    });
  }
}

/** Moves the map so that the reach fills its share of it. */
function fitReach(map: MapLibreMap, { lng, lat, radius, corners }: Reach): void {
  if (corners.length > 2) {
    const [lngs, lats] = [corners.map(([each]) => each), corners.map(([, each]) => each)];
    const ends: [number, number, number, number] = [Math.min(...lngs), Math.min(...lats), Math.max(...lngs), Math.max(...lats)];
    map.fitBounds(ends, { padding: 48, duration: 0, maxZoom: 17 });
    return;
  }
  const { clientWidth, clientHeight } = map.getContainer();
  const pixels = Math.min(clientWidth, clientHeight) * REACH_SHARE;
  const metresPerPixelAtZero = (EQUATOR * Math.cos((lat * Math.PI) / 180)) / WORLD_PIXELS;
  const zoom = Math.log2((metresPerPixelAtZero * pixels) / (2 * radius));
  map.jumpTo({ center: [lng, lat], zoom: Math.min(map.getMaxZoom(), zoom) });
}

/** The run that the link came from, or the newest, which the page names. */
function runOf(container: HTMLElement): string {
  return new URLSearchParams(location.search).get("run") || container.dataset.run || "";
}

function fieldsOf({ dataset }: HTMLElement): Fields {
  return {
    lng: fieldNamed(dataset.lngInput),
    lat: fieldNamed(dataset.latInput),
    radius: fieldNamed(dataset.radiusInput),
    corners: dataset.cornersInput
      ? document.querySelector<HTMLTextAreaElement>(`textarea[name="${CSS.escape(dataset.cornersInput)}"]`)
      : null,
  };
}

function reachOf(container: HTMLElement, fields: Fields): Reach | null {
  const number = (text: string | undefined) => (text?.trim() ? Number(text) : Number.NaN);
  const lng = number(fields.lng?.value ?? container.dataset.lng);
  const lat = number(fields.lat?.value ?? container.dataset.lat);
  const radius = number(fields.radius?.value ?? container.dataset.radius);
  if (!(Math.abs(lng) <= 180 && Math.abs(lat) <= 85)) return null;
  const corners = cornersOf(fields.corners?.value ?? container.dataset.corners ?? "");
  return { lng, lat, radius: radius > 0 ? radius : DEFAULT_RADIUS, corners };
}

/** Corners as the field writes them; lines that are none are left to the form's own check. */
function cornersOf(text: string): Corner[] {
  const found: Corner[] = [];
  for (const line of text.split("\n")) {
    const [lng = Number.NaN, lat = Number.NaN] = line.split(/[,\uff0c]/).map((part) => (part.trim() ? Number(part) : Number.NaN));
    if (Math.abs(lng) <= 180 && Math.abs(lat) <= 85) found.push([lng, lat]);
  }
  return found;
}

function shapeOf({ lng, lat, radius, corners }: Reach): Geometry {
  const [first] = corners;
  if (!first) return circle(lng, lat, radius);
  if (corners.length < 3) return { type: "LineString", coordinates: corners };
  return { type: "Polygon", coordinates: [[...corners, first]] };
}

/** Buttons over the map: while an area is drawn, a click adds a corner instead of moving the place. */
function addDrawing(container: HTMLElement, field: HTMLTextAreaElement, changed: () => void): Drawing {
  const draw = button(message("picker.draw"));
  const clear = button(message("picker.clear"));
  const bar = document.createElement("div");
  bar.className = "picker-buttons";
  bar.append(draw, clear);
  container.append(bar);
  let active = false;
  draw.setAttribute("aria-pressed", "false");
  draw.addEventListener("click", () => {
    active = !active;
    draw.setAttribute("aria-pressed", String(active));
    draw.textContent = message(active ? "picker.drawing" : "picker.draw");
  });
  clear.addEventListener("click", () => {
    field.value = "";
    changed();
  });
  field.addEventListener("input", changed);
  return {
    takes: (lng, lat) => {
      if (!active) return false;
      field.value = [...field.value.split("\n").filter((line) => line.trim()), `${lng.toFixed(6)},${lat.toFixed(6)}`].join("\n");
      changed();
      return true;
    },
  };
}

function button(text: string): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "btn btn-sm";
  made.textContent = text;
  return made;
}

async function addGround(map: MapLibreMap, run: string, fit: boolean): Promise<void> {
  if (!run) return;
  const shapes = await fetchShapes(run);
  addOutlines(map, shapes);
  const all = shapes.features.map(({ properties }) => [properties.lng, properties.lat] as const);
  if (!fit || !all.length) return;
  const [lngs, lats] = [all.map(([lng]) => lng), all.map(([, lat]) => lat)];
  map.fitBounds([Math.min(...lngs), Math.min(...lats), Math.max(...lngs), Math.max(...lats)], {
    padding: 24,
    duration: 0,
  });
}

function addReach(map: MapLibreMap): void {
  map.addSource("reach", { type: "geojson", data: { type: "FeatureCollection", features: [] }, tolerance: 0 });
  map.addLayer({ id: "reach", type: "fill", source: "reach", paint: { "fill-color": PROJECT, "fill-opacity": 0.15 } });
  map.addLayer({ id: "reach-edge", type: "line", source: "reach", paint: { "line-color": PROJECT, "line-width": 2 } });
}
