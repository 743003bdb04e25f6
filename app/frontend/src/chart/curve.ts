// Counts by period with what the periods before let one expect: a line in a band. Chosen periods stand out.
import type { EChartsCoreOption } from "echarts/core";
import { message } from "../messages";
import { periodFrame } from "./period_frame";
import { CHOSEN, PALE, PLAIN } from "./tones";

const EXPECTED = "#1f2937";
const BAND = "#c9d5e3";

export interface CurveData {
  points: readonly { label: string; count: number; expected: number | null; low: number | null; high: number | null }[];
  name: string;
  unit: string;
  /** labels of chosen periods; none: all */
  chosen: readonly string[];
}

export function curveOption({ points, name, unit, chosen }: CurveData): EChartsCoreOption {
  const banded = points.some(({ expected }) => expected !== null);
  const bars = points.map(({ label, count }) => ({
    value: Math.max(0, count),
    itemStyle: { color: chosen.includes(label) ? CHOSEN : chosen.length ? PALE : PLAIN },
  }));
  return {
    ...periodFrame({ labels: points.map(({ label }) => label), unit, digits: 1, legend: banded }),
    series: [{ name, type: "bar", data: bars, color: PLAIN, barMaxWidth: 22, cursor: "pointer" }, ...(banded ? bandSeries(points) : [])],
  };
}

/** A band is drawn as an area upon an unseen one. */
function bandSeries(points: CurveData["points"]): object[] {
  const line = { type: "line", symbol: "none", silent: true, stack: "band", lineStyle: { opacity: 0 }, tooltip: { show: false } };
  const width = points.map(({ low, high }) => (low === null || high === null ? null : high - low));
  return [
    { ...line, name: message("views.band"), data: points.map(({ low }) => low), areaStyle: { opacity: 0 }, color: BAND, z: 0 },
    { ...line, name: message("views.band"), data: width, areaStyle: { color: BAND, opacity: 0.6 }, color: BAND, z: 0 },
    {
      name: message("views.expected"),
      type: "line",
      data: points.map(({ expected }) => expected),
      color: EXPECTED,
      symbol: "none",
      silent: true,
      lineStyle: { width: 1.6, type: "dashed" },
    },
  ];
}
