// Which cases are counted and how: the part of the page's address that the counts are asked with.
import type { Measure } from "../map/api";

export const MEASURES = ["reports", "callers", "incidents"] as const satisfies readonly Measure[];
export const ATTRIBUTIONS = ["location", "reported", "handler"] as const;
export const PERIODS = ["day", "half_month", "month", "year"] as const;
export const DENOMINATORS = ["population", "none"] as const;
/** Sizes of cells; under "zoom" the map takes the one that belongs to its zoom. */
export const RESOLUTIONS = ["zoom", 8, 9, 10] as const;
/** Parts that hold several values, each in a parameter of its own. */
export const LISTS = ["class", "channel", "kind", "handler", "district", "township", "status", "place"] as const;
export type ListName = (typeof LISTS)[number];
/** Stands for the cases that have no value. */
export const NO_VALUE = "~";

export const HOURS_A_WEEK = 168;
/** The server takes no more than these of each. */
const MOST_VALUES = 100;
export const MOST_CELLS = 500;

export interface Filter extends Record<ListName, readonly string[]> {
  /** first day, and the day after the last; null: all there is */
  from: string | null;
  to: string | null;
  measure: Measure;
  attribution: (typeof ATTRIBUTIONS)[number];
  /** what a rate divides by; it colours townships and ranks them, the counts stay the same */
  denominator: (typeof DENOMINATORS)[number];
  resolution: (typeof RESOLUTIONS)[number];
  period: (typeof PERIODS)[number];
  /** day on which a month of assessment begins */
  monthStart: number;
  /** what is selected on the page: names of cells, an encoded polygon, hours of the week, labels of periods */
  cells: readonly string[];
  lasso: string | null;
  hours: readonly number[];
  periods: readonly string[];
}

/** One part of a filter that can be taken out, by the value it has. */
export type Part = keyof Filter;

export const NO_FILTER: Filter = {
  from: null,
  to: null,
  class: [],
  channel: [],
  kind: [],
  handler: [],
  district: [],
  township: [],
  status: [],
  place: [],
  measure: "reports",
  attribution: "location",
  denominator: "population",
  resolution: "zoom",
  period: "month",
  monthStart: 1,
  cells: [],
  lasso: null,
  hours: [],
  periods: [],
};

/** The filter that a query names; what it does not say, or says wrongly, is left open. */
export function parseFilter(query: URLSearchParams): Filter {
  const filter: Filter = { ...NO_FILTER, ...parseWindow(query) };
  for (const name of LISTS) filter[name] = distinct(query.getAll(name)).slice(0, MOST_VALUES);
  const monthStart = Number(query.get("month_start") ?? 1);
  const listed = (name: string) => distinct((query.get(name) ?? "").split(","));
  return {
    ...filter,
    measure: oneOf(MEASURES, query.get("measure")) ?? NO_FILTER.measure,
    attribution: oneOf(ATTRIBUTIONS, query.get("attribution")) ?? NO_FILTER.attribution,
    denominator: oneOf(DENOMINATORS, query.get("denominator")) ?? NO_FILTER.denominator,
    resolution: RESOLUTIONS.find((each) => String(each) === query.get("resolution")) ?? NO_FILTER.resolution,
    period: oneOf(PERIODS, query.get("period")) ?? NO_FILTER.period,
    monthStart: Number.isInteger(monthStart) && monthStart >= 1 && monthStart <= 28 ? monthStart : 1,
    cells: listed("cells").filter((name) => /^[0-9a-f]{15}$/.test(name)).slice(0, MOST_CELLS),
    lasso: query.get("lasso") || null,
    hours: listed("hours").filter((hour) => /^\d{1,3}$/.test(hour)).map(Number).filter((hour) => hour < HOURS_A_WEEK),
    periods: listed("periods").filter((label) => /^\d{4}(-\d\d){0,2}$/.test(label)).slice(0, MOST_VALUES),
  };
}

/** Writes a filter into a query, its defaults left out. */
export function writeFilter(filter: Filter, query: URLSearchParams): void {
  for (const name of ["from", "to"] as const) if (filter[name]) query.set(name, filter[name]);
  for (const name of LISTS) for (const value of filter[name]) query.append(name, value);
  for (const name of ["measure", "attribution", "denominator", "resolution", "period"] as const) {
    if (filter[name] !== NO_FILTER[name]) query.set(name, String(filter[name]));
  }
  if (filter.monthStart !== 1) query.set("month_start", String(filter.monthStart));
  for (const name of ["cells", "hours", "periods"] as const) {
    if (filter[name].length) query.set(name, filter[name].join(","));
  }
  if (filter.lasso) query.set("lasso", filter.lasso);
}

/** The query that the server is asked; what a rate divides by is the page's own matter. */
export function questionOf(filter: Filter): string {
  const query = new URLSearchParams();
  writeFilter({ ...filter, denominator: NO_FILTER.denominator }, query);
  query.sort();
  return query.toString();
}

/** The filter with some of its parts open. */
export function without(filter: Filter, ...parts: readonly Part[]): Filter {
  const open = Object.fromEntries(parts.map((part) => [part, NO_FILTER[part]]));
  return { ...filter, ...open };
}

/** Whether anything keeps cases out. */
export function narrows(filter: Filter): boolean {
  const { measure, attribution, denominator, resolution, period, monthStart } = NO_FILTER;
  return questionOf({ ...filter, measure, attribution, denominator, resolution, period, monthStart }) !== "";
}

/** `values` with `value` put in or taken out; alone, unless `add`. */
export function toggled<T>(values: readonly T[], value: T, add: boolean): T[] {
  if (!values.includes(value)) return add ? [...values, value] : [value];
  return add || values.length === 1 ? values.filter((each) => each !== value) : [value];
}

function parseWindow(query: URLSearchParams): Pick<Filter, "from" | "to"> {
  const [from, to] = (["from", "to"] as const).map((name) => parseDay(query.get(name)));
  if (from && to && from >= to) return { from: null, to: null };
  return { from: from ?? null, to: to ?? null };
}

function parseDay(text: string | null): string | null {
  if (!text || !/^\d{4}-\d\d-\d\d$/.test(text)) return null;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.valueOf()) && day.toISOString().startsWith(text) ? text : null;
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values.filter(Boolean))];
}

function oneOf<T extends string>(known: readonly T[], text: string | null): T | undefined {
  return known.find((each) => each === text);
}
