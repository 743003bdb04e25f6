// A MapLibre map without tiles, glyph files or sprites: everything drawn comes from the run itself.
import {
  Map as MapLibreMap,
  NavigationControl,
  ScaleControl,
  setWorkerUrl,
  type StyleSpecification,
} from "maplibre-gl";
import { message } from "../messages";
import type { View } from "./state";

/** File name of MapLibre's worker, put here by build.mjs. */
declare const MAPLIBRE_WORKER: string;

setWorkerUrl(new URL(MAPLIBRE_WORKER, import.meta.url).href);

/** Fonts of the reader's own machine; the first that is there is taken. */
export const LABEL_FONTS = [
  "PingFang SC",
  "Microsoft YaHei",
  "Noto Sans CJK SC",
  "Noto Sans SC",
  "WenQuanYi Micro Hei",
  "sans-serif",
];

/** The ground colour is the container's, by style sheet: one shader less to compile under software GL. */
const STYLE: StyleSpecification = { version: 8, sources: {}, layers: [] };

export interface BaseMapOptions {
  container: HTMLElement;
  bounds?: [number, number, number, number] | null;
  view?: View | null;
}

/** Room that the legend and the layer switch take over the map, in CSS pixels. */
function paddingOf(container: HTMLElement) {
  const wide = container.clientWidth > 700;
  return { left: wide ? 224 : 12, right: wide ? 56 : 12, top: wide ? 56 : 16, bottom: 28 };
}

/** @throws GPUInitializationError where the browser cannot draw */
export function makeBaseMap({ container, bounds, view }: BaseMapOptions): MapLibreMap {
  const map = new MapLibreMap({
    container,
    style: STYLE,
    ...(view ? { center: [view.lng, view.lat], zoom: view.zoom } : {}),
    ...(bounds && !view ? { bounds, fitBoundsOptions: { padding: paddingOf(container) } } : {}),
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    renderWorldCopies: false,
    fadeDuration: 0,
    maxZoom: 18,
    minZoom: 3,
    locale: {
      "NavigationControl.ZoomIn": message("map.zoomIn"),
      "NavigationControl.ZoomOut": message("map.zoomOut"),
      "Map.Title": message("map.label"),
    },
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new ScaleControl({ maxWidth: 90 }), "bottom-left");
  return map;
}
