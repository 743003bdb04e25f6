// Colours of the map, from the file that exports read too. The diverging scale is ColorBrewer's RdBu, chosen to
// be told apart by colour-blind eyes; the township scale is its YlOrBr. Not tested is hatched, so that it never
// reads as "not significant".
import palette from "../../../hotspots/palette.json";

/** Levels in the order of the legend; 127 is "not tested" (no expected count, or an island). */
export const LEVELS = [3, 2, 1, 0, -1, -2, -3, 127] as const;
export type Level = (typeof LEVELS)[number];
export const NOT_TESTED = 127;

export const LEVEL_COLOURS: Record<Level, string> = palette.levels;

/** Kinds of course over time in the order of the legend: eight hot ones, their cold mirrors, none, not tested. */
export const CATEGORIES = [1, 2, 3, 4, 5, 6, 7, 8, -1, -2, -3, -4, -5, -6, -7, -8, 0, 127] as const;
export type Category = (typeof CATEGORIES)[number];
export const CATEGORY_COLOURS: Record<Category, string> = palette.emerging;

/** What is drawn over a cell's colour, as a second sign beside it. */
export type Pattern = "solid" | "hatched" | "striped" | "dotted";

/** The kinds that come and go are striped, those that fade are dotted. */
export function categoryPattern(category: Category): Pattern {
  if (category === NOT_TESTED) return "hatched";
  const patterns: Record<string, string | undefined> = palette.emerging_patterns;
  return (patterns[String(Math.abs(category))] as Pattern | undefined) ?? "solid";
}

/** Classes of a count, the lowest first; nought has a colour of its own. */
export const COUNT_COLOURS: readonly string[] = palette.counts;
export const NO_COUNT_COLOUR = palette.none;

export const TOWNSHIP_COLOURS: readonly string[] = palette.townships;
/** Class of a township that has no value: drawn in grey, never as the lowest class. */
export const NO_CLASS = -1;
export const MISSING_COLOUR = palette.missing;

/** Where a township stands in the supervision loop, the weightiest first. */
export const STANDING_COLOURS = palette.standings;
export type Standing = keyof typeof STANDING_COLOURS;
export const STANDINGS = Object.keys(STANDING_COLOURS) as Standing[];

export const INK = palette.ink;
export const OUTLINE = palette.outline;
export const HIGH_FREQUENCY = palette.high_frequency;
export const UNUSUALLY_HIGH = palette.unusually_high;
export const PROJECT = palette.project;
/** Of work that has ended and shows no fall, and of a rise. */
export const NO_SIGN = palette.project_no_sign;
export const ROSE = palette.project_rose;
export const CLUSTER = palette.cluster;

/** Alphas that the cell layer's shader reads as patterns: what it draws is always opaque. */
export const PATTERN_ALPHA: Record<Pattern, number> = { solid: 255, striped: 208, dotted: 160, hatched: 112 };

/** RGBA of one level, four bytes. */
export function levelRgba(level: number): [number, number, number, number] {
  const known = LEVELS.find((candidate) => candidate === level) ?? NOT_TESTED;
  return [...rgb(LEVEL_COLOURS[known]), PATTERN_ALPHA[known === NOT_TESTED ? "hatched" : "solid"]];
}

/** RGBA of one kind of course, four bytes. */
export function categoryRgba(category: number): [number, number, number, number] {
  const known = CATEGORIES.find((candidate) => candidate === category) ?? NOT_TESTED;
  return [...rgb(CATEGORY_COLOURS[known]), PATTERN_ALPHA[categoryPattern(known)]];
}

/** Four bytes as one number that lies in memory as red, green, blue, alpha. */
export function packRgba([red, green, blue, alpha]: readonly [number, number, number, number]): number {
  return new Uint32Array(Uint8Array.of(red, green, blue, alpha).buffer)[0] as number;
}

/** Packed colours of all possible levels (one signed byte), at level + 128. */
export function levelTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, i) => packRgba(levelRgba(i - 128)));
}

/** Packed colours of all possible kinds of course, at kind + 128. */
export function categoryTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, i) => packRgba(categoryRgba(i - 128)));
}

/** Red, green, blue 0–255 of `#rrggbb`. */
export function rgb(colour: string): [number, number, number] {
  const value = Number.parseInt(colour.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/** Bounds of five classes with about as many values in each; equal ones fall together, and none is 0. */
export function quantileBreaks(values: readonly number[], classes: number = TOWNSHIP_COLOURS.length): number[] {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  if (!sorted.length) return [];
  const breaks: number[] = [];
  for (let i = 1; i < classes; i++) {
    const value = sorted[Math.min(sorted.length - 1, Math.floor((i * sorted.length) / classes))] as number;
    if (value > 0 && value !== breaks.at(-1)) breaks.push(value);
  }
  return breaks;
}

/** Class 0…breaks.length of a value: the number of breaks at or below it. */
export function classOf(value: number, breaks: readonly number[]): number {
  return breaks.filter((bound) => value >= bound).length;
}
