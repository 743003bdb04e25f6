// The state of the page of a comparison, as its address tells it.
import { formatView, parseView, type View } from "./state";

/** The difference on one map, or both periods on two. */
export const SHOWN = ["change", "sides"] as const;
export type Shown = (typeof SHOWN)[number];

export interface ComparisonState {
  shown: Shown;
  /** name of the chosen cell */
  cell: string | null;
  view: View | null;
}

/** State from a query string; whatever it does not say, or says wrongly, takes its default. */
export function parseComparison(search: string): ComparisonState {
  const query = new URLSearchParams(search);
  const cell = query.get("cell") ?? "";
  return {
    shown: query.get("show") === "sides" ? "sides" : "change",
    cell: /^[0-9a-f]{15}$/.test(cell) ? cell : null,
    view: parseView(query.get("view")),
  };
}

/** The query string of a state, defaults left out. */
export function formatComparison({ shown, cell, view }: ComparisonState): string {
  const query = new URLSearchParams();
  if (shown !== "change") query.set("show", shown);
  if (cell) query.set("cell", cell);
  if (view) query.set("view", formatView(view));
  return `?${query.toString().replaceAll("%2F", "/")}`;
}
