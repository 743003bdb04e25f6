// Counts sorted into the classes of a colour scale, with about as many in each; equal counts stay together.
import { COUNT_COLOURS } from "../map/palette";

/** Most values from which the classes are made: enough for quantiles, cheap at a million counts. */
const SAMPLED = 50_000;

/** Bounds of the classes of counts above nought. */
export function countBreaks(values: ArrayLike<number>): number[] {
  const every = Math.max(1, Math.ceil(values.length / SAMPLED));
  const sample: number[] = [];
  for (let i = 0; i < values.length; i += every) if ((values[i] as number) > 0) sample.push(values[i] as number);
  sample.sort((a, b) => a - b);
  const breaks: number[] = [];
  let begin = 0;
  // Most counts are small and equal: what they take beyond their share, the classes above share among them.
  for (let left = COUNT_COLOURS.length; left > 1 && begin < sample.length; left--) {
    const last = sample[begin + Math.ceil((sample.length - begin) / left) - 1] as number;
    while (begin < sample.length && (sample[begin] as number) <= last) begin++;
    if (begin < sample.length) breaks.push(sample[begin] as number);
  }
  return breaks;
}

/** Ranges of whole counts as a legend writes them, the lowest first. */
export function countRanges(breaks: readonly number[], write: (value: number) => string): string[] {
  return Array.from({ length: breaks.length + 1 }, (_, i) => {
    const low = i === 0 ? 1 : (breaks[i - 1] as number);
    const high = breaks[i];
    if (high === undefined) return `≥ ${write(low)}`;
    const [first, last] = [write(low), write(high - 1)];
    return first === last ? first : `${first}–${last}`;
  });
}
