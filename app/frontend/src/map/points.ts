// Which points the map and the panel put first: a city has thousands of high-frequency points, and all of them
// at once would hide what lies below.
import { message } from "../messages";
import type { PointSummary } from "./api";

/** From this zoom on every point is drawn; below it only the prominent ones. */
export const ALL_POINTS_ZOOM = 12;
/** High-frequency points drawn at every zoom: those with most reports. */
export const STRONGEST = 100;

/** The unusually high points first, then by reports; equals by name, so that the order is always the same. */
export function rankPoints(points: readonly PointSummary[]): PointSummary[] {
  return [...points].sort(
    (a, b) =>
      Number(b.unusually_high) - Number(a.unusually_high) || b.reports - a.reports || (a.id < b.id ? -1 : 1),
  );
}

/** Ids of the points that are drawn at every zoom: all unusually high ones and the strongest of the others. */
export function prominentPoints(points: readonly PointSummary[]): Set<string> {
  const ranked = rankPoints(points);
  const unusual = ranked.filter((point) => point.unusually_high);
  const strongest = ranked.filter((point) => !point.unusually_high && point.rules.length).slice(0, STRONGEST);
  return new Set([...unusual, ...strongest].map((point) => point.id));
}

/** How many of a point's cases were given which place, in words. */
export function registeredAs({ registered_as: name, case_place_share: share }: PointSummary): string {
  return message("points.registered", { name: name ?? "", share: String(Math.round(100 * (share ?? 0))) });
}
