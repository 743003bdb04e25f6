// What the server gives, as this page reads it, and the one place that knows the addresses.
import type { FeatureCollection, MultiPolygon, Polygon } from "geojson";
import { type Cells, decodeCells } from "./cells_payload";
import type { Standing } from "./palette";
import type { Size } from "./sizes";
import type { Kind } from "./state";

export interface Step {
  index: number;
  label: string;
  from: string;
  to: string;
}

export interface RunMeta {
  id: string;
  steps: Step[];
  bounds: [west: number, south: number, east: number, north: number];
  totals: { all: number; located: number; township_only: number; unlocated: number };
  /** how the expected count was made; absent means by population */
  population?: boolean;
  /** what cells count; absent means reports */
  measure?: Measure;
  /** sizes of its cells, the coarsest first */
  sizes: Size[];
  /** sizes of the cells that the filter counts in, the coarsest first */
  count_sizes: Size[];
}

export type Measure = "reports" | "callers" | "incidents";

export interface TownshipProperties {
  code: string;
  name: string;
  district: string | null;
  /** label point */
  lng: number;
  lat: number;
}

export type TownshipShapes = FeatureCollection<Polygon | MultiPolygon, TownshipProperties>;

export type DistrictShapes = FeatureCollection<
  Polygon | MultiPolygon,
  { code: string; name: string | null; lng: number; lat: number }
>;

/** Series of all townships, in the order of `codes`. */
export interface TownshipSeries {
  codes: string[];
  names: string[];
  counts: number[][];
  /** per 10,000 residents; null where no population is known */
  rates: (number | null)[][] | null;
  whole: number[];
  whole_rates: (number | null)[] | null;
  score: (number | null)[] | null;
  rank: (number | null)[] | null;
}

/** What the map needs to know of a scan cluster; `start` and `end` are its first and last step. */
export interface ClusterProperties {
  rank: number;
  start: number;
  end: number;
  /** where its centre lies; null outside all townships */
  township: string | null;
  observed: number;
  expected: number;
  relative_risk: number;
  p_value: number;
  radius_km: number;
  /** middle of its circle */
  lng: number;
  lat: number;
}

export type ClusterShapes = FeatureCollection<Polygon | MultiPolygon, ClusterProperties>;

export interface PointSummary {
  id: string;
  name: string;
  lng: number;
  lat: number;
  reports: number;
  callers: number | null;
  top_caller_share: number | null;
  /** two or more reports, all of one person */
  one_caller: boolean;
  main_class: string | null;
  rules: string[];
  q_value: number | null;
  unusually_high: boolean;
  /** place of the register that at least half of its cases were given, where the point is not called by it */
  registered_as?: string | null;
  /** share of its cases that were given the place which most of them have */
  case_place_share?: number | null;
}

export type ProjectPhase = "planned" | "under_way" | "done";
/** What later cases say of the work at a point; null while they say nothing. */
export type Verdict = "fell" | "no_sign" | "rose" | "too_few" | null;

/** A project at one of its points. */
export interface ProjectSummary {
  /** project and point, as `3-7` */
  id: string;
  name: string;
  point: string;
  phase: ProjectPhase;
  effect: Verdict;
  corners: [number, number][] | null;
  lng: number;
  lat: number;
  radius_m: number;
  owner: string | null;
}

export interface SeriesPoint {
  label: string;
  count: number;
  expected: number | null;
  level?: number | null;
}

export interface CaseRow {
  case_id: string;
  received: string;
  class: string | null;
  title: string | null;
  address: string | null;
  status: string | null;
}

/** Why a cell has its kind of course over time. */
export interface Course {
  category: number;
  name: string;
  sentence: string;
  /** significant at each step: 1 hot, -1 low, 0 neither */
  steps: number[];
}

/** One place in full. `numbers` come named in the page's language. */
export interface Detail {
  title?: string;
  name?: string;
  numbers: { label: string; value: string | number | null; unit?: string | null }[];
  sentence: string;
  series: SeriesPoint[];
  classes: { name: string; count: number }[];
  cases: CaseRow[];
  total: number;
  /** what the series counts and its unit, named in the page's language */
  counted?: string | null;
  unit?: string | null;
  contributions?: { label: string; points: number }[] | null;
  score?: number | null;
  lng?: number | null;
  lat?: number | null;
  township?: { code: string; name: string } | null;
  /** place of the register that most cases of a point were given */
  registered?: { code: string; name: string } | null;
  /** in place of the step, for what has a period of its own */
  period?: string | null;
  period_steps?: [first: number, last: number] | null;
  course?: Course | null;
}

export interface TownshipStanding {
  code: string;
  standing: Standing;
}

export interface RunData {
  meta: RunMeta;
  cells: Cells;
  townships: TownshipShapes;
  /** empty where no township's district is known */
  districts: DistrictShapes;
  series: TownshipSeries;
  points: PointSummary[];
  projects: ProjectSummary[];
  /** townships that are warned of or supervised today */
  standings: TownshipStanding[];
  /** significant ones, the strongest first; empty where there is none or the run did not look */
  clusters: ClusterShapes;
}

/** The project of a point's id. */
export const projectOf = (id: string) => id.split("-")[0] ?? id;

const runPath = (run: string) => `/hotspots/runs/${encodeURIComponent(run)}`;

export const addresses = {
  analyse: "/hotspots/analyse",
  drawn: "/hotspots/drawn",
  candidates: (run: string) => `/townships${run ? `?run=${encodeURIComponent(run)}` : ""}`,
  place: (code: string) => `/places/${encodeURIComponent(code)}`,
  township: (code: string, run: string) => `/townships/${encodeURIComponent(code)}?run=${encodeURIComponent(run)}`,
  project: (id: string) => `/projects/${encodeURIComponent(projectOf(id))}`,
  projectPoint: (id: string) => `/projects/points/${encodeURIComponent(id.split("-")[1] ?? id)}`,
  newProject: (place: { lng: number; lat: number; run: string; name: string }) =>
    `/projects/new?${new URLSearchParams({ ...place, lng: place.lng.toFixed(6), lat: place.lat.toFixed(6) })}`,
  detail: (run: string, kind: Kind, id: string, step: number) =>
    `${runPath(run)}/${kind}/${encodeURIComponent(id)}?step=${step}`,
};

/** An answer that is none; its message is the server's own line where it gave one, else the status. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    line: string,
  ) {
    super(line);
  }
}

/** The sign-in, which leads back to the state that stands in the address. */
export function signInAddress({ pathname, search }: Pick<Location, "pathname" | "search">): string {
  return `/sign-in?${new URLSearchParams({ next: pathname + search })}`;
}

export async function request(url: string, signal?: AbortSignal): Promise<Response> {
  const response = await fetch(url, { headers: { Accept: "application/json, */*" }, ...(signal ? { signal } : {}) });
  return checked(response);
}

/** Sends a form to the server, which answers with JSON. */
export async function sendForm<T>(url: string, form: URLSearchParams): Promise<T> {
  const response = await fetch(url, { method: "POST", body: form, headers: { Accept: "application/json" } });
  return (await (await checked(response)).json()) as T;
}

async function checked(response: Response): Promise<Response> {
  if (response.ok) return response;
  if (response.status === 401) location.assign(signInAddress(location));
  const body: unknown = await response.json().catch(() => null);
  const line = body && typeof body === "object" && "error" in body ? String(body.error) : "";
  throw new Refusal(response.status, line || `${response.status} ${response.statusText}`);
}

export async function readJson<T>(url: string, signal?: AbortSignal): Promise<T> {
  return (await (await request(url, signal)).json()) as T;
}

export async function readBytes(url: string, signal: AbortSignal): Promise<ArrayBuffer> {
  return (await request(url, signal)).arrayBuffer();
}

/** Everything the map draws, asked for at once. */
export async function fetchRun(run: string): Promise<RunData> {
  const base = runPath(run);
  const [meta, cells, townships, districts, series, points, projects, standings, clusters] = await Promise.all([
    readJson<RunMeta>(`${base}/meta.json`),
    request(`${base}/cells.bin`).then(async (response) => decodeCells(await response.arrayBuffer())),
    readJson<TownshipShapes>(`${base}/townships.geojson`),
    readJson<DistrictShapes>(`${base}/districts.geojson`),
    readJson<TownshipSeries>(`${base}/townships.json`),
    readJson<PointSummary[]>(`${base}/points.json`),
    readJson<ProjectSummary[]>("/hotspots/projects.json"),
    readJson<TownshipStanding[]>(`/hotspots/warnings.json?run=${encodeURIComponent(run)}`),
    readJson<ClusterShapes>(`${base}/clusters.geojson`),
  ]);
  return { meta, cells, townships, districts, series, points, projects, standings, clusters };
}

/** The cells of a run in another size than its own. */
export async function fetchCells(run: string, resolution: number): Promise<Cells> {
  const response = await request(`${runPath(run)}/cells.bin?resolution=${resolution}`);
  return decodeCells(await response.arrayBuffer());
}

export function fetchShapes(run: string): Promise<TownshipShapes> {
  return readJson<TownshipShapes>(`${runPath(run)}/townships.geojson`);
}

export function fetchDetail(run: string, kind: Kind, id: string, step: number, signal: AbortSignal): Promise<Detail> {
  return readJson<Detail>(addresses.detail(run, kind, id, step), signal);
}
