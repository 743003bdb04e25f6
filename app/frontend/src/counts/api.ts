// What the server counts over a filter, as this page reads it.
import { readBytes, readJson } from "../map/api";
import { type CellCounts, decodeCounts, type Parts, type Period } from "./counts_payload";

export interface ClassNode {
  /** null: the cases that tell no class of this level */
  name: string | null;
  path: string;
  count: number;
  children: ClassNode[];
}

export interface CurvePoint extends Period, Parts {
  count: number;
  expected: number | null;
  low: number | null;
  high: number | null;
}

export interface TownshipRow {
  code: string;
  name: string;
  district: string | null;
  count: number;
  latest: number | null;
  previous: number | null;
  /** change of the daily count against the period before */
  change: number | null;
  population: number | null;
  /** per `per` residents */
  rate: number | null;
  rank: number;
}

export interface Views {
  version: number;
  total: Parts & { count: number };
  series: { periods: CurvePoint[]; band: { coverage: number; needed: number | null; known: boolean } };
  classes: ClassNode[];
  townships: {
    rows: TownshipRow[];
    none: { count: number };
    per: number;
    populated: number;
    latest: Period | null;
    previous: Period | null;
  };
  /** by weekday, Monday first, and hour */
  hours: number[][];
}

export interface Offered {
  value: string;
  count: number;
  name?: string | null;
  district?: string | null;
}

/** What each part of the filter offers; of places, which are too many, those that a card has named. */
export interface Options extends Record<"channel" | "kind" | "status" | "handler" | "district" | "township" | "place", Offered[]> {
  version: number;
  from: string | null;
  /** exclusive */
  to: string | null;
  class: ClassNode[];
}

export interface Card {
  reports: number;
  callers: number;
  unknown_callers: number;
  /** null for who may not know it */
  top_caller_reports: number | null;
  incidents: number;
  parts: Parts;
  cells: number;
  classes: { name: string | null; path: string; count: number }[];
  other_classes: number;
  periods: (Period & { count: number })[];
  /** shares of valid callbacks; null where none told */
  rates: { valid: number; response: number | null; resolution: number | null; satisfaction: number | null };
  places: { code: string; name: string; count: number }[];
}

export interface CountedCase {
  case_id: string;
  received: string;
  class_1: string | null;
  class_2: string | null;
  title: string | null;
  address: string | null;
  township_name: string | null;
  status: string | null;
  url: string;
}

export interface CasePage {
  total: number;
  page: number;
  pages: number;
  rows: CountedCase[];
}

const BASE = "/hotspots/counts";

export async function fetchCounts(question: string, signal: AbortSignal): Promise<CellCounts> {
  return decodeCounts(await readBytes(`${BASE}/cells.bin?${question}`, signal));
}

export const fetchViews = (question: string, signal: AbortSignal) => readJson<Views>(`${BASE}/views.json?${question}`, signal);

export async function fetchOptions(attribution: string, signal: AbortSignal): Promise<Options> {
  const told = await readJson<Omit<Options, "place">>(`${BASE}/options.json?attribution=${attribution}`, signal);
  return { ...told, place: [] };
}

export const fetchCard = (question: string, signal: AbortSignal) => readJson<Card>(`${BASE}/selection.json?${question}`, signal);

export function fetchCases(question: string, page: { page: number; size: number; sort: string }, signal: AbortSignal): Promise<CasePage> {
  const query = new URLSearchParams({ page: String(page.page), size: String(page.size), sort: page.sort });
  return readJson<CasePage>(`${BASE}/cases.json?${question}&${query}`, signal);
}
