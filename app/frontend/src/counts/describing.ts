// Parts of a filter in words: for chips, titles and what a screen reader is told.
import { formatNumber } from "../format";
import { type MessageKey, message } from "../messages";
import type { Options } from "./api";
import { type Filter, LISTS, type ListName, NO_FILTER, NO_VALUE, type Part } from "./filter";

/** One thing that is on, and what the filter is without it. */
export interface Chip {
  part: Part;
  what: string;
  value: string;
  without: Filter;
}

/** Everything that is on, in the order of the panel. */
export function chipsOf(filter: Filter, options: Options | null): Chip[] {
  const chips: Chip[] = [];
  const add = (part: Part, value: string, changes: Partial<Filter>, what: MessageKey = `filter.${part}` as MessageKey) =>
    chips.push({ part, what: message(what), value, without: { ...filter, ...changes } });
  if (filter.from || filter.to) add("from", windowText(filter, options), { from: null, to: null }, "filter.window");
  for (const name of LISTS) {
    for (const value of filter[name]) add(name, valueName(name, value, options), { [name]: filter[name].filter((each) => each !== value) });
  }
  for (const name of ["measure", "attribution", "denominator", "resolution"] as const) {
    if (filter[name] !== NO_FILTER[name]) add(name, message(`${name}.${filter[name]}` as MessageKey), { [name]: NO_FILTER[name] });
  }
  if (filter.periods.length) add("periods", severalText(filter.periods), { periods: [] });
  if (filter.hours.length) add("hours", message("filter.hours.count", { count: formatNumber(filter.hours.length) }), { hours: [] });
  if (filter.cells.length) add("cells", message("filter.cells.count", { count: formatNumber(filter.cells.length) }), { cells: [] });
  if (filter.lasso) add("lasso", message("filter.lasso.drawn"), { lasso: null });
  return chips;
}

export function valueName(name: ListName, value: string, options: Partial<Options> | null): string {
  if (value === NO_VALUE) return message("filter.noValue", { what: message(`filter.${name}`) });
  if (name === "class") return value.split("/").map((level) => (level === NO_VALUE ? message("filter.unnamed") : level)).join(" / ");
  if (name !== "district" && name !== "township" && name !== "place") return value;
  return options?.[name]?.find((each) => each.value === value)?.name ?? value;
}

/** The window with both of its days in it; open ends are those of the store. */
export function windowText({ from, to }: Pick<Filter, "from" | "to">, options: Options | null): string {
  const [first, end] = [from ?? options?.from, to ?? options?.to];
  return message("range.to.text", { from: first ?? "…", to: end ? dayBefore(end) : "…" });
}

export function severalText(labels: readonly string[]): string {
  return labels.length === 1 ? (labels[0] as string) : message("range.some", { count: formatNumber(labels.length) });
}

/** `days` after a date, or before it where negative. */
export function shiftDay(day: string, days: number): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

export const dayBefore = (day: string) => shiftDay(day, -1);
