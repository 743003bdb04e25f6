// Candidates scored under other weights: the arithmetic of `spatial.score_standings`, checked by the same vectors.

export type Weights = Record<string, number>;

/** Standings of each criterion, 0 to 1, in the order of the codes; null where it is missing. */
export type Standing = Record<string, readonly (number | null)[]>;

export interface Scores {
  score: number[];
  /** 1 for the highest; equal scores share one */
  rank: number[];
  /** positions from first to last: by score, then by code */
  order: number[];
  contributions: Record<string, number[]>;
}

const FULL_SCORE = 100;
/** Scores that differ by less come from the order of additions and share their rank. */
const SAME_SCORE = 1e9;

/** Points of each criterion are 100 · its weight over the weight of all that an area has · its standing. */
export function scoreStandings(codes: readonly string[], standing: Standing, weights: Weights): Scores {
  const keys = Object.keys(weights);
  const full = codes.map((_, i) => {
    const carried = keys.reduce((sum, key) => sum + (standing[key]?.[i] == null ? 0 : (weights[key] ?? 0)), 0);
    return carried > 0 ? FULL_SCORE / carried : 0;
  });
  const contributions: Record<string, number[]> = {};
  for (const key of keys) {
    contributions[key] = codes.map((_, i) => (standing[key]?.[i] ?? 0) * (weights[key] ?? 0) * (full[i] ?? 0));
  }
  const score = codes.map((_, i) => keys.reduce((sum, key) => sum + (contributions[key]?.[i] ?? 0), 0));
  const compared = score.map((value) => Math.round(value * SAME_SCORE));
  const order = codes.map((_, i) => i).sort((a, b) => (compared[b] ?? 0) - (compared[a] ?? 0) || byText(codes[a] ?? "", codes[b] ?? ""));
  const rank: number[] = new Array(codes.length).fill(0);
  order.forEach((at, place) => {
    const before = order[place - 1];
    const tied = before !== undefined && compared[before] === compared[at];
    rank[at] = tied ? (rank[before] ?? 0) : place + 1;
  });
  return { score, rank, order, contributions };
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Standings from twice the rank from below (ties in the middle): as (rank - 1/2) / areas with a value. */
export function standingOf(doubled: readonly (number | null)[]): (number | null)[] {
  const known = doubled.filter((each) => each !== null).length;
  return doubled.map((each) => (each === null ? null : (each - 1) / (2 * known)));
}

/** Which areas the weights bring among the first n, and which they take out. */
export function crossing(before: readonly number[], after: readonly number[], n: number): { entering: number[]; leaving: number[] } {
  const all = after.map((_, i) => i);
  const inside = (rank: number | undefined) => (rank ?? Infinity) <= n;
  return {
    entering: all.filter((i) => inside(after[i]) && !inside(before[i])),
    leaving: all.filter((i) => inside(before[i]) && !inside(after[i])),
  };
}

/** Class on the map, by rank: among the first n, the next n, up to five times n, the rest. */
export function rankClass(rank: number, n: number): number {
  return rank <= n ? 3 : rank <= 2 * n ? 2 : rank <= 5 * n ? 1 : 0;
}
