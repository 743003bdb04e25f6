// Counts by period as bars, the expected count as a line: the same chart on every page.
import type { EChartsCoreOption } from "echarts/core";
import { formatNumber } from "../format";
import { message } from "../messages";
import { AXIS, GRID } from "./echarts_core";

const BAR = "#8ba9cf";
const BAR_CHOSEN = "#1f5fae";
const EXPECTED = "#1f2937";
const TARGET = "#00695c";

export interface TrendData {
  labels: string[];
  count: number[];
  expected?: (number | null)[] | null | undefined;
  /** a level to reach, drawn across */
  target?: number | null | undefined;
  /** moments to mark, by label */
  marks?: { label: string; at: string }[] | undefined;
  /** bar to point out */
  chosen?: number | undefined;
  unit?: string | undefined;
}

export function trendOption(data: TrendData): EChartsCoreOption {
  const unit = data.unit ?? message("panel.trend.unit");
  const bars = data.count.map((value, i) => ({
    value,
    itemStyle: { color: i === data.chosen ? BAR_CHOSEN : BAR },
  }));
  const series: object[] = [
    { name: message("panel.trend.count"), type: "bar", data: bars, color: BAR, barMaxWidth: 22, markLine: marks(data) },
  ];
  if (data.expected?.some((value) => value !== null)) {
    series.push({
      name: message("panel.trend.expected"),
      type: "line",
      data: data.expected,
      color: EXPECTED,
      symbol: "none",
      lineStyle: { width: 1.6, type: "dashed" },
    });
  }
  return {
    grid: { left: 4, right: 8, top: 34, bottom: 2, containLabel: true },
    legend: { top: 0, right: 0, itemWidth: 16, itemHeight: 8, textStyle: { color: AXIS }, show: series.length > 1 },
    xAxis: {
      type: "category",
      data: data.labels,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: GRID } },
      axisLabel: { color: AXIS, hideOverlap: true },
    },
    yAxis: {
      type: "value",
      name: unit,
      minInterval: 1,
      nameTextStyle: { color: AXIS, align: "left" },
      axisLabel: { color: AXIS },
      splitLine: { lineStyle: { color: GRID } },
    },
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      confine: true,
      valueFormatter: (value: unknown) => `${formatNumber(typeof value === "number" ? value : null, 1)} ${unit}`,
    },
    series,
  };
}

function marks({ target, marks: moments = [] }: TrendData): object {
  const lines: object[] = moments.map(({ label, at }) => ({
    xAxis: at,
    label: { formatter: label, color: TARGET },
    lineStyle: { color: TARGET, type: "solid" },
  }));
  if (typeof target === "number") {
    lines.push({
      yAxis: target,
      label: { formatter: `${message("chart.target")} ${formatNumber(target, 1)}`, position: "insideEndTop" },
      lineStyle: { color: TARGET, type: "dotted", width: 1.6 },
    });
  }
  return { silent: true, symbol: "none", data: lines };
}
