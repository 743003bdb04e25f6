// What the small maps beside forms and facts share: a start that may fail, outlines, fields that a click fills.
import type { FeatureCollection } from "geojson";
import { GPUInitializationError, type Map as MapLibreMap } from "maplibre-gl";
import { message } from "../messages";
import { LABEL_FONTS, makeBaseMap } from "./base_map";
import { INK, OUTLINE } from "./palette";
import type { View } from "./state";

/** Makes the map; where the browser cannot draw, the page works without it: the empty box goes. */
export function trySmallMap(container: HTMLElement, view: View | null = null): MapLibreMap | null {
  try {
    return makeBaseMap({ container, view });
  } catch (error) {
    if (!(error instanceof GPUInitializationError)) throw error;
    container.hidden = true;
    return null;
  }
}

/** Outlines and names of the townships, so that the place can be recognised. */
export function addOutlines(map: MapLibreMap, townships: FeatureCollection): void {
  map.addSource("townships", { type: "geojson", data: townships });
  map.addLayer({ id: "outline", type: "line", source: "townships", paint: { "line-color": OUTLINE, "line-width": 1.2 } });
  map.addLayer({
    id: "names",
    type: "symbol",
    source: "townships",
    layout: { "text-field": ["get", "name"], "text-font": LABEL_FONTS, "text-size": 12 },
    paint: { "text-color": INK, "text-halo-color": "#ffffff", "text-halo-width": 1.5 },
  });
}

/** The form's field that a `data-…-input` names. */
export function fieldNamed(name: string | undefined): HTMLInputElement | null {
  return name ? document.querySelector<HTMLInputElement>(`input[name="${CSS.escape(name)}"]`) : null;
}

/** Takes clicks while something is drawn; tells whether it took one. */
export interface Drawing {
  takes(lng: number, lat: number): boolean;
}

/** Lets a click on the map fill two fields, unless it belongs to what is being drawn. */
export function chooseByClick(
  map: MapLibreMap,
  { lng, lat }: { lng: HTMLInputElement | null; lat: HTMLInputElement | null },
  chosen: () => void,
  drawing: Drawing | null = null,
): void {
  map.getContainer().title = message("picker.hint");
  map.getCanvas().style.cursor = "crosshair";
  map.on("click", ({ lngLat }) => {
    if (drawing?.takes(lngLat.lng, lngLat.lat)) return;
    if (lng) lng.value = lngLat.lng.toFixed(6);
    if (lat) lat.value = lngLat.lat.toFixed(6);
    chosen();
  });
}
