// Counts by period as bars, the expected count as a line: the same chart on every page.
import type { EChartsCoreOption } from "echarts/core";
import { formatNumber } from "../format";
import { message } from "../messages";
import { periodFrame } from "./period_frame";

const BAR = "#8ba9cf";
const BAR_CHOSEN = "#1f5fae";
const EXPECTED = "#1f2937";
const TARGET = "#00695c";

export interface TrendData {
  labels: string[];
  count: number[];
  expected?: (number | null)[] | null | undefined;
  /** by what it is expected; by population where not given */
  expectedName?: string | undefined;
  /** a level to reach, drawn across */
  target?: number | null | undefined;
  /** what that level is; a target where not given */
  targetName?: string | undefined;
  /** levels that hold for some of the periods, each with a name of its own */
  levels?: { name: string; values: (number | null)[] }[] | undefined;
  /** moments to mark, by label */
  marks?: { label: string; at: string }[] | undefined;
  /** bars to point out, first and last */
  chosen?: readonly [number, number] | undefined;
  /** what the bars count; cases where not given */
  name?: string | undefined;
  unit?: string | undefined;
}

export function trendOption(data: TrendData): EChartsCoreOption {
  const unit = data.unit ?? message("panel.trend.unit");
  const [first, last] = data.chosen ?? [-1, -1];
  const bars = data.count.map((value, i) => ({
    value,
    itemStyle: { color: first <= i && i <= last ? BAR_CHOSEN : BAR },
  }));
  const series: object[] = [
    { name: data.name ?? message("panel.trend.count"), type: "bar", data: bars, color: BAR, barMaxWidth: 22, markLine: marks(data) },
  ];
  if (data.expected?.some((value) => value !== null)) {
    series.push({
      name: data.expectedName ?? message("panel.trend.expected"),
      type: "line",
      data: data.expected,
      color: EXPECTED,
      symbol: "none",
      lineStyle: { width: 1.6, type: "dashed" },
    });
  }
  for (const { name, values } of data.levels ?? []) {
    // A line needs two points: one alone is a mark.
    const isAlone = values.filter((value) => value !== null).length === 1;
    series.push({
      name,
      type: "line",
      data: values,
      color: TARGET,
      symbol: isAlone ? "circle" : "none",
      lineStyle: { width: 1.6, type: "dotted" },
    });
  }
  return {
    ...periodFrame({ labels: data.labels, unit, digits: 1, legend: series.length > 1 }),
    series,
  };
}

function marks({ target, targetName, marks: moments = [] }: TrendData): object {
  const lines: object[] = moments.map(({ label, at }) => ({
    xAxis: at,
    label: { formatter: label, color: TARGET },
    lineStyle: { color: TARGET, type: "solid" },
  }));
  if (typeof target === "number") {
    lines.push({
      yAxis: target,
      label: { formatter: `${targetName ?? message("chart.target")} ${formatNumber(target, 1)}`, position: "insideEndTop" },
      lineStyle: { color: TARGET, type: "dotted", width: 1.6 },
    });
  }
  return { silent: true, symbol: "none", data: lines };
}
