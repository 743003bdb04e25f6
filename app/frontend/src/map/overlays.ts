// Everything on the map that is not a cell: townships and their names, points, projects, the selection.
import type { Feature, FeatureCollection, Geometry } from "geojson";
import type { ExpressionSpecification, GeoJSONSource, Map as MapLibreMap } from "maplibre-gl";
import type { PointSummary, ProjectSummary, TownshipShapes } from "./api";
import { LABEL_FONTS } from "./base_map";
import { addIcons, pointIcon } from "./icons";
import { INK, MISSING_COLOUR, NO_CLASS, OUTLINE, TOWNSHIP_COLOURS } from "./palette";
import type { LayerName } from "./state";

const EMPTY: FeatureCollection = { type: "FeatureCollection", features: [] };

/** Which drawn layers belong to which switch of the layer control. */
const SWITCHED: Partial<Record<LayerName, string[]>> = {
  townships: ["township-fill"],
  points: ["points"],
  projects: ["projects"],
};

/** Layers that answer a click, the top one first. */
export const CLICKABLE = ["projects", "points", "township-labels"];

export function addTownships(map: MapLibreMap, shapes: TownshipShapes): void {
  map.addSource("townships", { type: "geojson", data: shapes, promoteId: "code", tolerance: 0.2 });
  map.addSource("township-labels", { type: "geojson", data: labelsOf(shapes) });
  map.addLayer({
    id: "township-fill",
    type: "fill",
    source: "townships",
    paint: { "fill-color": townshipColour(), "fill-opacity": 0.85 },
  });
  map.addLayer({
    id: "township-outline",
    type: "line",
    source: "townships",
    layout: { "line-join": "round" },
    paint: {
      "line-color": OUTLINE,
      "line-width": ["interpolate", ["linear"], ["zoom"], 8, 0.5, 12, 1.2, 16, 2],
      "line-opacity": 0.75,
    },
  });
}

/** Labels, marks and the selection, above the cells. */
export function addMarks(map: MapLibreMap, points: PointSummary[], projects: ProjectSummary[]): void {
  addIcons(map);
  map.addSource("selection", { type: "geojson", data: EMPTY, tolerance: 0 });
  map.addLayer({
    id: "selection-casing",
    type: "line",
    source: "selection",
    paint: { "line-color": "#ffffff", "line-width": 5 },
  });
  map.addLayer({ id: "selection", type: "line", source: "selection", paint: { "line-color": INK, "line-width": 2.5 } });
  map.addLayer({
    id: "township-labels",
    type: "symbol",
    source: "township-labels",
    layout: {
      "text-field": ["get", "name"],
      "text-font": LABEL_FONTS,
      "text-size": ["interpolate", ["linear"], ["zoom"], 9, 11, 13, 14],
      "text-padding": 3,
      "text-max-width": 7,
    },
    paint: { "text-color": INK, "text-halo-color": "rgba(255,255,255,0.92)", "text-halo-width": 1.6 },
  });
  map.addSource("points", { type: "geojson", data: collection(points, pointProperties) });
  map.addLayer(markLayer("points", ["interpolate", ["linear"], ["zoom"], 9, 0.45, 12, 0.8, 15, 1.1]));
  map.addSource("projects", { type: "geojson", data: collection(projects, projectProperties) });
  map.addLayer(markLayer("projects", ["interpolate", ["linear"], ["zoom"], 9, 0.55, 12, 0.85, 15, 1.1]));
}

export function showLayer(map: MapLibreMap, name: LayerName, shown: boolean): void {
  for (const id of SWITCHED[name] ?? []) map.setLayoutProperty(id, "visibility", shown ? "visible" : "none");
}

export function classTownships(map: MapLibreMap, codes: readonly string[], classes: readonly number[]): void {
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
  const drawn = ["match", ["coalesce", ["feature-state", "class"], NO_CLASS], ...colours, MISSING_COLOUR];
  return drawn as unknown as ExpressionSpecification;
}

function labelsOf(shapes: TownshipShapes): FeatureCollection {
  const features = shapes.features.map(({ properties }): Feature => ({
    type: "Feature",
    geometry: { type: "Point", coordinates: [properties.lng, properties.lat] },
    properties: { code: properties.code, name: properties.name },
  }));
  return { type: "FeatureCollection", features };
}

function collection<T extends { lng: number; lat: number }>(
  places: readonly T[],
  properties: (place: T) => Record<string, string | number>,
): FeatureCollection {
  const features = places.map((place): Feature => ({
    type: "Feature",
    geometry: { type: "Point", coordinates: [place.lng, place.lat] },
    properties: properties(place),
  }));
  return { type: "FeatureCollection", features };
}

function pointProperties(point: PointSummary): Record<string, string | number> {
  return { id: point.id, name: point.name, icon: pointIcon(point), weight: point.reports };
}

function projectProperties(project: ProjectSummary): Record<string, string | number> {
  return { id: String(project.id), name: project.name, icon: `project-${project.status}`, weight: 0 };
}

function markLayer(id: "points" | "projects", size: ExpressionSpecification) {
  return {
    id,
    type: "symbol" as const,
    source: id,
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
