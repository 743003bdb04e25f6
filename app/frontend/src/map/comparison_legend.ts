// The colours of the two periods and of their difference, and what they mean.
import { element } from "../dom";
import { formatNumber } from "../format";
import { message } from "../messages";
import type { Changes } from "./cells_payload";
import type { Shown } from "./comparison_state";
import { swatch } from "./definitions";
import { classOf, LEVEL_COLOURS, LEVELS, levelTable, NOT_TESTED, packRgba, rgb, TOWNSHIP_COLOURS } from "./palette";

/** What the maps need to know of a comparison. */
export interface ComparisonMeta {
  bounds: [west: number, south: number, east: number, north: number];
  labels: { this: string; with: string };
  days: number;
  with_days: number;
  /** bounds of the classes of counts per `per_days` days */
  breaks: number[];
  per_days: number;
}

const BY_LEVEL = levelTable();
const SOLID = 255;
const NONE = packRgba([...rgb(LEVEL_COLOURS[0]), SOLID]);
const BY_CLASS = TOWNSHIP_COLOURS.map((colour) => packRgba([...rgb(colour), SOLID]));

/** Colour of a cell's change, packed. */
export function changeColour(changes: Changes, index: number): number {
  return BY_LEVEL[(changes.level[index] as number) + 128] as number;
}

/** Colour of a cell's count in a period of so many days, packed. */
export function countColour({ breaks, per_days }: ComparisonMeta, count: number, days: number): number {
  if (!count) return NONE;
  const rate = (count * per_days) / days;
  return BY_CLASS[classOf(rate, breaks)] as number;
}

export function renderComparisonLegend(container: HTMLElement, shown: Shown, meta: ComparisonMeta, unit: string): void {
  const [title, note] =
    shown === "change"
      ? [message("comparison.legend.change"), message("comparison.legend.change.note")]
      : [message("comparison.legend.sides", { days: String(meta.per_days), unit }), message("comparison.legend.sides.note")];
  const items = shown === "change" ? changeItems() : countItems(meta);
  container.replaceChildren(
    element("h3", {}, title),
    element("ul", {}, ...items),
    element("p", { class: "legend-note" }, note),
  );
}

function changeItems(): HTMLElement[] {
  return LEVELS.map((level) => {
    const pattern = level === NOT_TESTED ? "hatched" : "solid";
    return element("li", {}, swatch(LEVEL_COLOURS[level], pattern), message(`change.${level}`));
  });
}

function countItems({ breaks }: ComparisonMeta): HTMLElement[] {
  const bound = (i: number) => formatNumber(breaks[i], 1);
  const label = (i: number) => {
    if (i === 0) return breaks.length ? `< ${bound(0)}` : "> 0";
    return i < breaks.length ? `${bound(i - 1)}–${bound(i)}` : `${bound(i - 1)}+`;
  };
  const none = element("li", {}, swatch(LEVEL_COLOURS[0], "solid"), message("comparison.legend.none"));
  const classes = TOWNSHIP_COLOURS.slice(0, breaks.length + 1);
  return [none, ...classes.map((colour, i) => element("li", {}, swatch(colour, "solid"), label(i)))];
}
