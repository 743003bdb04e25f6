// Values sorted into the five classes of a colour scale, with about as many values in each.
import { quantileBreaks } from "../map/palette";

/** Most distinct values from which the classes are made: enough for quantiles, cheap at a million counts. */
const SAMPLED = 50_000;

/** Bounds of the classes of counts above nought. */
export function countBreaks(values: ArrayLike<number>): number[] {
  const every = Math.max(1, Math.ceil(values.length / SAMPLED));
  const sample: number[] = [];
  for (let i = 0; i < values.length; i += every) if ((values[i] as number) > 0) sample.push(values[i] as number);
  const breaks = quantileBreaks(sample);
  // Counts are whole and most of them small: a bound at the least value would leave the lowest class empty.
  const least = sample.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  return breaks.filter((bound) => bound > least);
}

/** Ranges of whole counts as a legend writes them, the lowest first. */
export function countRanges(breaks: readonly number[], write: (value: number) => string): string[] {
  return Array.from({ length: breaks.length + 1 }, (_, i) => {
    const low = i === 0 ? 1 : (breaks[i - 1] as number);
    const high = breaks[i];
    if (high === undefined) return `≥ ${write(low)}`;
    return high - 1 <= low ? write(low) : `${write(low)}–${write(high - 1)}`;
  });
}
