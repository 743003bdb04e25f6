// Townships sorted into the five classes of their colour scale. The bounds are those of the run, not of the
// step shown, so that the same colour means the same rate while the slider moves.
import type { TownshipSeries } from "./api";
import { classOf, NO_CLASS, quantileBreaks } from "./palette";
import { WHOLE_SPAN } from "./state";

export interface TownshipMeasure {
  /** per 10,000 residents; false: plain counts, because no population is known */
  byRate: boolean;
  breaks: number[];
}

/** The whole span has its own bounds: a rate over two years is not one of a month. */
export function measureTownships(series: TownshipSeries, step: number): TownshipMeasure {
  const byRate = series.rates !== null && series.rates.some((row) => row?.some((rate) => rate !== null));
  const rows: readonly (number | null)[][] =
    step === WHOLE_SPAN ? [valuesAt(series, step, byRate)] : byRate ? (series.rates ?? []) : series.counts;
  return { byRate, breaks: quantileBreaks(rows.flat().filter((value) => value !== null)) };
}

export function classesAt(series: TownshipSeries, step: number, { byRate, breaks }: TownshipMeasure): number[] {
  return valuesAt(series, step, byRate).map((value) => (value === null ? NO_CLASS : classOf(value, breaks)));
}

export function valuesAt(series: TownshipSeries, step: number, byRate: boolean): (number | null)[] {
  if (step === WHOLE_SPAN) return (byRate ? series.whole_rates : series.whole) ?? series.codes.map(() => null);
  const rows = byRate ? (series.rates ?? []) : series.counts;
  return series.codes.map((_, i) => rows[i]?.[step] ?? null);
}
