// The ranges of time that people ask for by name, counted back from the end of what the store holds.
import type { Filter } from "./filter";

export const PRESETS = ["lastHalf", "lastMonth", "thisYear", "all"] as const;
export type Preset = (typeof PRESETS)[number];
type Window = Pick<Filter, "from" | "to" | "period">;

const SECOND_HALF = 16;

/** The window of a preset; `end` is the day after the last that the store has. */
export function presetWindow(preset: Preset, end: string, monthStart: number): Window {
  const [year, month, day] = end.split("-").map(Number) as [number, number, number];
  if (preset === "all") return { from: null, to: null, period: "month" };
  if (preset === "thisYear") {
    const last = new Date(Date.UTC(year, month - 1, day - 1)).getUTCFullYear();
    return { from: dayOf(last, 1, 1), to: end, period: "month" };
  }
  if (preset === "lastMonth") {
    const to = day >= monthStart ? [year, month] : [year, month - 1];
    return { from: dayOf(to[0]!, to[1]! - 1, monthStart), to: dayOf(to[0]!, to[1]!, monthStart), period: "day" };
  }
  // The half-month that is over: the first of this month where its second half has begun.
  if (day >= SECOND_HALF) return { from: dayOf(year, month, 1), to: dayOf(year, month, SECOND_HALF), period: "day" };
  return { from: dayOf(year, month - 1, SECOND_HALF), to: dayOf(year, month, 1), period: "day" };
}

/** A date; month 0 is December of the year before. */
function dayOf(year: number, month: number, day: number): string {
  return new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10);
}
