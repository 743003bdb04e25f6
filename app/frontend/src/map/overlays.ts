// Everything on the map that is not a cell: areas and their names, points, projects, the selection.
import type { Feature, FeatureCollection, Geometry } from "geojson";
import type { ExpressionSpecification, FilterSpecification, GeoJSONSource, Map as MapLibreMap } from "maplibre-gl";
import type { PointSummary, ProjectSummary, RunData } from "./api";
import { LABEL_FONTS } from "./base_map";
import { townshipNamesZoom } from "./districts";
import { addIcons, pointIcon, projectIcon } from "./icons";
import { CLUSTER, INK, MISSING_COLOUR, NO_CLASS, OUTLINE, STANDING_COLOURS, STANDINGS, TOWNSHIP_COLOURS } from "./palette";
import { ALL_POINTS_ZOOM, prominentPoints } from "./points";
import { type LayerName, WHOLE_SPAN } from "./state";

type Properties = Record<string, string | number | boolean>;

/** Added to the drawing order of unusually high points, so that no other mark covers one. */
const ABOVE_ALL = 1e9;
const EMPTY: FeatureCollection = { type: "FeatureCollection", features: [] };

/** Which drawn layers belong to which switch of the layer control. */
const SWITCHED: Partial<Record<LayerName, string[]>> = {
  clusters: ["cluster-casing", "cluster-outline", "cluster-rank"],
  projects: ["projects"],
  warnings: ["standing-casing", "standing-outline"],
};

/** Layers that answer a click, the first of them before the others: a name must not cover the mark below it. */
/** Class of a township that is not asked for, and its colour. */
const LEFT_OUT = -2;
const NO_COLOUR = "rgba(0, 0, 0, 0)";

export const CLICKABLE = ["projects", "points", "prominent-points", "cluster-rank", "cluster-outline", "township-labels"];

export function addAreas(map: MapLibreMap, { townships, districts }: RunData): void {
  map.addSource("townships", { type: "geojson", data: townships, promoteId: "code", tolerance: 0.2 });
  map.addSource("districts", { type: "geojson", data: districts, tolerance: 0.2 });
  // Always there, if only to tell which township lies under the pointer.
  map.addLayer({
    id: "township-fill",
    type: "fill",
    source: "townships",
    paint: { "fill-color": townshipColour(), "fill-opacity": 0 },
  });
  map.addLayer({
    id: "township-outline",
    type: "line",
    source: "townships",
    layout: { "line-join": "round" },
    paint: {
      "line-color": OUTLINE,
      "line-width": ["interpolate", ["linear"], ["zoom"], 8, 0.5, 12, 1.2, 16, 2],
      "line-opacity": ["interpolate", ["linear"], ["zoom"], 9, 0.5, 11, 0.75],
    },
  });
  map.addLayer({
    id: "district-outline",
    type: "line",
    source: "districts",
    layout: { "line-join": "round" },
    paint: { "line-color": INK, "line-width": ["interpolate", ["linear"], ["zoom"], 8, 1, 12, 2], "line-opacity": 0.65 },
  });
}

/** Names, marks and the selection, above the cells. */
export function addMarks(map: MapLibreMap, run: RunData): void {
  const { townships, districts, points, projects } = run;
  addIcons(map);
  addStandings(map, run);
  addClusterLines(map, run);
  map.addSource("selection", { type: "geojson", data: EMPTY, tolerance: 0 });
  map.addLayer({
    id: "selection-casing",
    type: "line",
    source: "selection",
    paint: { "line-color": "#ffffff", "line-width": 5 },
  });
  map.addLayer({ id: "selection", type: "line", source: "selection", paint: { "line-color": INK, "line-width": 2.5 } });
  const prominent = prominentPoints(points);
  map.addSource("points", { type: "geojson", data: collection(points, (point) => pointProperties(point, prominent)) });
  const size: ExpressionSpecification = ["interpolate", ["linear"], ["zoom"], 9, 0.4, 12, 0.75, 15, 1.1];
  map.addLayer({ ...markLayer("prominent-points", "points", size), maxzoom: ALL_POINTS_ZOOM, filter: ["get", "prominent"] });
  map.addLayer({ ...markLayer("points", "points", size), minzoom: ALL_POINTS_ZOOM });
  addClusterRanks(map);
  const zoom = townshipNamesZoom(townships, districts);
  addNames(map, "township-labels", collection(townships.features.map(named), nameProperties), [zoom, 12]);
  if (zoom) addNames(map, "district-labels", collection(districts.features.map(named), nameProperties), [0, 14], zoom);
  map.addSource("projects", { type: "geojson", data: collection(projects, projectProperties) });
  map.addLayer(markLayer("projects", "projects", ["interpolate", ["linear"], ["zoom"], 9, 0.65, 12, 0.85, 15, 1.1]));
}

export function showLayer(map: MapLibreMap, name: LayerName, shown: boolean): void {
  if (name === "townships") map.setPaintProperty("township-fill", "fill-opacity", shown ? 0.85 : 0);
  for (const id of SWITCHED[name] ?? []) map.setLayoutProperty(id, "visibility", shown ? "visible" : "none");
}

/** Shows the kinds of points that are on; a point of both kinds has the mark of what is shown of it. */
export function showPoints(map: MapLibreMap, kinds: { high: boolean; unusual: boolean }): void {
  const shown: FilterSpecification = ["any", ["all", kinds.high, ["get", "high"]], ["all", kinds.unusual, ["get", "unusual"]]];
  const icon: ExpressionSpecification | string =
    kinds.high && kinds.unusual ? ["get", "icon"] : kinds.high ? "point-high" : "point-unusual";
  map.setFilter("points", shown);
  map.setFilter("prominent-points", ["all", ["get", "prominent"], shown]);
  for (const id of ["points", "prominent-points"]) {
    map.setLayoutProperty(id, "icon-image", icon);
    map.setLayoutProperty(id, "visibility", kinds.high || kinds.unusual ? "visible" : "none");
  }
}

/** Shows the clusters that last over `step`, or all of them over the whole span. */
export function showClustersAt(map: MapLibreMap, step: number): void {
  const during: FilterSpecification = ["all", ["<=", ["get", "start"], step], [">=", ["get", "end"], step]];
  for (const id of SWITCHED.clusters ?? []) map.setFilter(id, step === WHOLE_SPAN ? null : during);
}

/** Colours these townships by their classes; others, as a filter leaves them out, have no colour. */
export function classTownships(map: MapLibreMap, codes: readonly string[], classes: readonly number[]): void {
  map.removeFeatureState({ source: "townships" });
  codes.forEach((id, i) => {
    map.setFeatureState({ source: "townships", id }, { class: classes[i] ?? NO_CLASS });
  });
}

export function outline(map: MapLibreMap, geometry: Geometry | null): void {
  const features: Feature[] = geometry ? [{ type: "Feature", geometry, properties: {} }] : [];
  map.getSource<GeoJSONSource>("selection")?.setData({ type: "FeatureCollection", features });
}

/** A circle of `radius` metres as a polygon, for a point's or a project's reach. */
export function circle(lng: number, lat: number, radius: number): Geometry {
  const METRES_PER_DEGREE = 111_195;
  const ring = Array.from({ length: 49 }, (_, i) => {
    const angle = (i / 48) * 2 * Math.PI;
    const north = (radius * Math.sin(angle)) / METRES_PER_DEGREE;
    const east = (radius * Math.cos(angle)) / (METRES_PER_DEGREE * Math.cos((lat * Math.PI) / 180));
    return [lng + east, lat + north];
  });
  return { type: "Polygon", coordinates: [ring] };
}

function townshipColour(): ExpressionSpecification {
  const colours = TOWNSHIP_COLOURS.flatMap((colour, i) => [i, colour]);
  const classed = ["coalesce", ["feature-state", "class"], LEFT_OUT];
  const drawn = ["match", classed, LEFT_OUT, NO_COLOUR, ...colours, MISSING_COLOUR];
  return drawn as unknown as ExpressionSpecification;
}

/** Names from one zoom to another, `size` pixels high; where two would touch, one waits for more room. */
function addNames(
  map: MapLibreMap,
  id: string,
  data: FeatureCollection,
  [minzoom, size]: [number, number],
  maxzoom = 24,
): void {
  map.addSource(id, { type: "geojson", data });
  map.addLayer({
    id,
    type: "symbol",
    source: id,
    minzoom,
    maxzoom,
    layout: {
      "text-field": ["get", "name"],
      "text-font": LABEL_FONTS,
      "text-size": ["interpolate", ["linear"], ["zoom"], 9, size, 14, size + 2],
      "text-padding": 4,
      "text-max-width": 7,
    },
    paint: { "text-color": INK, "text-halo-color": "rgba(255,255,255,0.92)", "text-halo-width": 1.6 },
  });
}

function named<T>({ properties }: { properties: T }): T {
  return properties;
}

function nameProperties({ code, name }: { code: string; name: string | null }): Properties {
  return { code, name: name ?? code };
}

function collection<T extends { lng: number; lat: number }>(
  places: readonly T[],
  properties: (place: T) => Properties,
): FeatureCollection {
  const features = places.map((place): Feature => ({
    type: "Feature",
    geometry: { type: "Point", coordinates: [place.lng, place.lat] },
    properties: properties(place),
  }));
  return { type: "FeatureCollection", features };
}

/** Townships in the supervision loop, outlined inside their borders, so that neighbours do not hide one another. */
function addStandings(map: MapLibreMap, { townships, standings }: RunData): void {
  const of = new Map(standings.map(({ code, standing }) => [code, standing]));
  const features = townships.features.flatMap(({ geometry, properties: { code } }): Feature[] => {
    const standing = of.get(code);
    return standing ? [{ type: "Feature", geometry, properties: { standing, weight: STANDINGS.indexOf(standing) } }] : [];
  });
  map.addSource("standings", { type: "geojson", data: { type: "FeatureCollection", features }, tolerance: 0.2 });
  const colours = STANDINGS.flatMap((standing) => [standing, STANDING_COLOURS[standing]]);
  const colour = ["match", ["get", "standing"], ...colours, INK] as unknown as ExpressionSpecification;
  const layout = { "line-join": "round", "line-sort-key": ["-", 0, ["get", "weight"]] as ExpressionSpecification } as const;
  const line = { type: "line" as const, source: "standings", layout };
  map.addLayer({ ...line, id: "standing-casing", paint: { "line-color": "#ffffff", "line-width": 6, "line-offset": 2 } });
  map.addLayer({ ...line, id: "standing-outline", paint: { "line-color": colour, "line-width": 3.5, "line-offset": 2 } });
}

function addClusterLines(map: MapLibreMap, { clusters }: RunData): void {
  map.addSource("clusters", { type: "geojson", data: clusters, tolerance: 0.2 });
  map.addSource("cluster-ranks", {
    type: "geojson",
    data: collection(clusters.features.map(named), ({ rank, start, end }) => ({ rank, start, end })),
  });
  const width = (extra: number): ExpressionSpecification => ["interpolate", ["linear"], ["zoom"], 8, 2 + extra, 13, 3.5 + extra];
  const layout = { "line-join": "round" } as const;
  const [white, colour] = ["#ffffff", CLUSTER];
  map.addLayer({ id: "cluster-casing", type: "line", source: "clusters", layout, paint: { "line-color": white, "line-width": width(2) } });
  map.addLayer({ id: "cluster-outline", type: "line", source: "clusters", layout, paint: { "line-color": colour, "line-width": width(0) } });
}

function addClusterRanks(map: MapLibreMap): void {
  map.addLayer({
    id: "cluster-rank",
    type: "symbol",
    source: "cluster-ranks",
    layout: {
      "icon-image": "cluster",
      "icon-allow-overlap": true,
      "icon-ignore-placement": true,
      "text-field": ["to-string", ["get", "rank"]],
      "text-font": LABEL_FONTS,
      "text-size": 12,
      "text-allow-overlap": true,
      "text-ignore-placement": true,
      // The strongest on top of the others.
      "symbol-sort-key": ["-", 0, ["get", "rank"]],
    },
    paint: { "text-color": "#ffffff" },
  });
}

function pointProperties(point: PointSummary, prominent: ReadonlySet<string>): Properties {
  const { id, name, reports, unusually_high: unusual } = point;
  const weight = reports + (unusual ? ABOVE_ALL : 0);
  return { id, name, icon: pointIcon(point), weight, high: point.rules.length > 0, unusual, prominent: prominent.has(id) };
}

function projectProperties(project: ProjectSummary): Properties {
  return { id: project.id, name: project.name, icon: projectIcon(project), weight: 0 };
}

function markLayer(id: string, source: string, size: ExpressionSpecification) {
  return {
    id,
    type: "symbol" as const,
    source,
    layout: {
      "icon-image": ["get", "icon"] as ExpressionSpecification,
      "icon-size": size,
      "icon-allow-overlap": true,
      // Marks do not push names off the map.
      "icon-ignore-placement": true,
      "symbol-sort-key": ["get", "weight"] as ExpressionSpecification,
    },
  };
}
