// The page's whole state stands in its address, so that a link hands the same view to a colleague.

import { type Filter, parseFilter, writeFilter } from "../counts/filter";

export const LAYERS = ["counts", "rate", "cells", "emerging", "townships", "clusters", "points", "unusual", "projects", "warnings"] as const;
export type LayerName = (typeof LAYERS)[number];

/** Grounds that follow the filter; all other layers follow the run. */
export const COUNTED: readonly LayerName[] = ["counts", "rate"];

/** Counts, significance, kinds of course and townships colour the same ground: one of them at a time. */
export const GROUNDS: readonly LayerName[] = [...COUNTED, "cells", "emerging", "townships"];

export const KINDS = ["cell", "township", "cluster", "point", "project"] as const;
export type Kind = (typeof KINDS)[number];

export interface Selected {
  kind: Kind;
  id: string;
}

export interface View {
  zoom: number;
  lat: number;
  lng: number;
}

export interface State {
  run: string;
  /** index of the step; -1 is the whole span */
  step: number;
  layers: ReadonlySet<LayerName>;
  selected: Selected | null;
  view: View | null;
  filter: Filter;
}

export const WHOLE_SPAN = -1;
/** Points are off at first: over the whole city they hide the cells. */
const DEFAULT_LAYERS: readonly LayerName[] = ["cells", "projects"];

/** State from a query string; whatever it does not say, or says wrongly, takes its default. */
export function parseState(search: string, run = ""): State {
  const query = new URLSearchParams(search);
  const step = Number.parseInt(query.get("step") ?? "", 10);
  const named = (query.get("layer") ?? "").split(",").filter(isLayer);
  const ground = named.find((layer) => GROUNDS.includes(layer));
  const possible = named.filter((layer) => layer === ground || !GROUNDS.includes(layer));
  return {
    run: query.get("run") || run,
    step: Number.isInteger(step) && step >= WHOLE_SPAN ? step : WHOLE_SPAN,
    layers: new Set(query.has("layer") ? possible : DEFAULT_LAYERS),
    selected: parseSelected(query.get("selected")),
    view: parseView(query.get("view")),
    filter: parseFilter(query),
  };
}

/** Whether the ground follows the filter. */
export function isCounting({ layers }: Pick<State, "layers">): boolean {
  return COUNTED.some((name) => layers.has(name));
}

/** The query string of a state, shortest form: defaults are left out. */
export function formatState(state: State): string {
  const query = new URLSearchParams();
  if (state.run) query.set("run", state.run);
  if (state.step !== WHOLE_SPAN) query.set("step", String(state.step));
  const layers = LAYERS.filter((layer) => state.layers.has(layer));
  if (layers.join() !== DEFAULT_LAYERS.join()) query.set("layer", layers.join(","));
  if (state.selected) query.set("selected", `${state.selected.kind}:${state.selected.id}`);
  if (state.view) query.set("view", formatView(state.view));
  writeFilter(state.filter, query);
  // Colons, commas and slashes are legal in a query; left readable they make a link a person can mend.
  return `?${query.toString().replaceAll("%3A", ":").replaceAll("%2C", ",").replaceAll("%2F", "/")}`;
}

export function formatView(view: View): string {
  return `${view.zoom.toFixed(2)}/${view.lat.toFixed(5)}/${view.lng.toFixed(5)}`;
}

function isLayer(name: string): name is LayerName {
  return (LAYERS as readonly string[]).includes(name);
}

function parseSelected(text: string | null): Selected | null {
  const colon = text?.indexOf(":") ?? -1;
  if (!text || colon < 1 || colon === text.length - 1) return null;
  const kind = KINDS.find((candidate) => candidate === text.slice(0, colon));
  return kind ? { kind, id: text.slice(colon + 1) } : null;
}

export function parseView(text: string | null): View | null {
  const [zoom, lat, lng, ...rest] = (text ?? "").split("/").map(Number);
  if (zoom === undefined || lat === undefined || lng === undefined || rest.length) return null;
  const sound = zoom >= 0 && zoom <= 24 && Math.abs(lat) <= 85 && Math.abs(lng) <= 180;
  return sound ? { zoom, lat, lng } : null;
}
