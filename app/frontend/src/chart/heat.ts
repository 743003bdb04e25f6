// Counts by weekday and hour: one square each, the darker the more.
import type { EChartsCoreOption } from "echarts/core";
import palette from "../../../hotspots/palette.json";
import { formatTold } from "../format";
import { AXIS } from "./echarts_core";

export interface HeatData {
  /** by row and column */
  counts: readonly (readonly number[])[];
  rows: readonly string[];
  unit: string;
  /** row × columns + column */
  chosen: readonly number[];
}

export function heatOption({ counts, rows, unit, chosen }: HeatData): EChartsCoreOption {
  const columns = counts[0]?.length ?? 0;
  const most = Math.max(1, ...counts.flat());
  const data = counts.flatMap((row, y) =>
    row.map((count, x) => ({
      value: [x, y, Math.max(0, count)],
      itemStyle: { borderWidth: chosen.includes(y * columns + x) ? 2 : 1, borderColor: chosen.includes(y * columns + x) ? "#111827" : "#ffffff" },
    })),
  );
  const axis = { type: "category", axisTick: { show: false }, axisLine: { show: false }, axisLabel: { color: AXIS } };
  return {
    grid: { left: 4, right: 6, top: 6, bottom: 2, containLabel: true },
    xAxis: { ...axis, data: Array.from({ length: columns }, (_, hour) => String(hour)) },
    yAxis: { ...axis, inverse: true, data: [...rows] },
    visualMap: { show: false, min: 0, max: most, inRange: { color: [palette.none, ...palette.counts] } },
    tooltip: {
      trigger: "item",
      renderMode: "richText",
      confine: true,
      formatter: ({ value: [x, y, count] }: { value: [number, number, number] }) => `${rows[y]} ${x}:00  ${formatTold(counts[y]?.[x] ?? count)} ${unit}`,
    },
    series: [{ type: "heatmap", data, cursor: "pointer", emphasis: { itemStyle: { borderColor: "#111827" } } }],
  };
}
