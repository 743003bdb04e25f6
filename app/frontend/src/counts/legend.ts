// What the colours of the filtered grounds mean: measure, unit, period, attribution.
import { element } from "../dom";
import { formatNumber, UNTOLD } from "../format";
import { type MessageKey, message } from "../messages";
import { swatch } from "../map/definitions";
import { group } from "../map/legend";
import { COUNT_COLOURS, MISSING_COLOUR, NO_COUNT_COLOUR, TOWNSHIP_COLOURS } from "../map/palette";
import type { Options } from "./api";
import type { CellGround } from "./cell_ground";
import { countRanges } from "./classes";
import { severalText, windowText } from "./describing";
import type { Filter } from "./filter";

/** Counts that are told to everybody: the server's SUPPRESSION_THRESHOLD. */
const SMALLEST_TOLD = 5;

/** @param wanted size of cells that was asked for; those drawn are coarser where it would have been too many */
export function cellLegend({ breaks, sum, hidesSmall, resolution }: CellGround, filter: Filter, options: Options | null, wanted: number): HTMLElement {
  const first = COUNT_COLOURS.length - 1 - breaks.length;
  const ranges = sum ? countRanges(breaks, (value) => (hidesSmall && value < SMALLEST_TOLD ? UNTOLD : formatNumber(value))) : [];
  const items = [
    named(NO_COUNT_COLOUR, message("legend.counts.zero")),
    ...ranges.map((range, i) => named(COUNT_COLOURS[first + i] as string, range)),
  ];
  const made = group(titleOf("counts", filter), items, about(filter, options));
  if (resolution !== null) made.append(element("p", { class: "legend-note", id: "legend-size" }, sizeText(resolution, wanted, filter)));
  return made;
}

function sizeText(resolution: number, wanted: number, filter: Filter): string {
  const numbers = { resolution: String(resolution), wanted: String(wanted) };
  if (resolution < wanted) return message("legend.counts.tooMany", numbers);
  return message(filter.resolution === "zoom" ? "legend.counts.byZoom" : "legend.counts.size", numbers);
}

export function townshipLegend(breaks: readonly number[], byRate: boolean, filter: Filter, options: Options | null): HTMLElement {
  const write = (value: number | undefined) => formatNumber(value, byRate ? 1 : 0);
  const items = TOWNSHIP_COLOURS.slice(0, breaks.length + 1).map((colour, i) => {
    if (i === 0) return named(colour, breaks.length ? `< ${write(breaks[0])}` : "—");
    return named(colour, i < breaks.length ? `${write(breaks[i - 1])}–${write(breaks[i])}` : `≥ ${write(breaks[i - 1])}`);
  });
  if (byRate) items.push(named(MISSING_COLOUR, message("legend.townships.missing")));
  return group(titleOf(byRate ? "rate" : "volume", filter), items, about(filter, options));
}

/** That the other layers follow the run, and the way to have them follow the filter. */
export function followsRun(open: (() => void) | null): HTMLElement {
  const note = element("section", { class: "legend-group legend-follows" }, element("p", { class: "legend-note" }, message("legend.follows")));
  if (!open) return note;
  const button = element("button", { type: "button", class: "btn btn-sm", id: "rerun-open" }, message("rerun.open"));
  button.addEventListener("click", open);
  note.append(button);
  return note;
}

function titleOf(kind: "counts" | "rate" | "volume", { measure }: Filter): string {
  return message(`legend.${kind}.title`, { measure: message(`measure.${measure}`), unit: message(`unit.${measure}`) });
}

function about(filter: Filter, options: Options | null): string {
  const period = filter.periods.length ? severalText(filter.periods) : windowText(filter, options);
  return message("legend.counts.about", { period, attribution: message(`attribution.${filter.attribution}` as MessageKey) });
}

function named(colour: string, label: string): HTMLElement {
  return element("li", {}, swatch(colour, "solid"), label);
}
