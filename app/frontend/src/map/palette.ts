// Colours of the map, from the file that exports read too. The diverging scale is ColorBrewer's RdBu, chosen to
// be told apart by colour-blind eyes; the township scale is its YlOrBr. Not tested is hatched, so that it never
// reads as "not significant".
import palette from "../../../hotspots/palette.json";

/** Levels in the order of the legend; 127 is "not tested" (no expected count, or an island). */
export const LEVELS = [3, 2, 1, 0, -1, -2, -3, 127] as const;
export type Level = (typeof LEVELS)[number];
export const NOT_TESTED = 127;

export const LEVEL_COLOURS: Record<Level, string> = palette.levels;

export const TOWNSHIP_COLOURS: readonly string[] = palette.townships;
/** Class of a township that has no value: drawn in grey, never as the lowest class. */
export const NO_CLASS = -1;
export const MISSING_COLOUR = palette.missing;

export const INK = palette.ink;
export const OUTLINE = palette.outline;
export const HIGH_FREQUENCY = palette.high_frequency;
export const UNUSUALLY_HIGH = palette.unusually_high;
export const PROJECT = palette.project;

const SOLID = 255;
/** Alpha that the cell layer's shader reads as "draw this one hatched". */
const HATCHED = 128;

/** RGBA of one level, four bytes. */
export function levelRgba(level: number): [number, number, number, number] {
  const known = LEVELS.find((candidate) => candidate === level) ?? NOT_TESTED;
  return [...rgb(LEVEL_COLOURS[known]), known === NOT_TESTED ? HATCHED : SOLID];
}

/** Four bytes as one number that lies in memory as red, green, blue, alpha. */
export function packRgba([red, green, blue, alpha]: readonly [number, number, number, number]): number {
  return new Uint32Array(Uint8Array.of(red, green, blue, alpha).buffer)[0] as number;
}

/** Packed colours of all possible levels (one signed byte), at level + 128. */
export function levelTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, i) => packRgba(levelRgba(i - 128)));
}

/** Red, green, blue 0–255 of `#rrggbb`. */
export function rgb(colour: string): [number, number, number] {
  const value = Number.parseInt(colour.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/** Upper bounds of five classes with about as many values in each; equal bounds fall together. */
export function quantileBreaks(values: readonly number[], classes: number = TOWNSHIP_COLOURS.length): number[] {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  if (!sorted.length) return [];
  const breaks: number[] = [];
  for (let i = 1; i < classes; i++) {
    const value = sorted[Math.min(sorted.length - 1, Math.floor((i * sorted.length) / classes))] as number;
    if (value !== breaks.at(-1)) breaks.push(value);
  }
  return breaks;
}

/** Class 0…breaks.length of a value: the number of breaks at or below it. */
export function classOf(value: number, breaks: readonly number[]): number {
  return breaks.filter((bound) => value >= bound).length;
}
