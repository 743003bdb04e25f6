// Horizontal bars for short lists: classes, contributions, cells by level.
import type { EChartsCoreOption } from "echarts/core";
import { formatNumber } from "../format";
import { AXIS, GRID } from "./echarts_core";

const BAR = "#4d7fb8";
/** Room that a row takes, in CSS pixels. */
const ROW_HEIGHT = 24;

export interface BarRow {
  name: string;
  value: number;
  colour?: string;
}

export interface BarsData {
  rows: BarRow[];
  unit: string;
  digits?: number;
  max?: number | undefined;
  /** a bar can be chosen */
  picks?: boolean;
}

export function barsHeight(rows: number): string {
  return `${rows * ROW_HEIGHT + 12}px`;
}

export function barsOption({ rows, unit, digits = 0, max, picks = false }: BarsData): EChartsCoreOption {
  return {
    grid: { left: 4, right: 52, top: 4, bottom: 4, containLabel: true },
    xAxis: {
      type: "value",
      ...(max === undefined ? {} : { max }),
      axisLabel: { show: false },
      // The figures stand at the bars: lines without a scale would say nothing.
      splitLine: { show: false },
    },
    yAxis: {
      type: "category",
      inverse: true,
      data: rows.map((row) => row.name),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: GRID } },
      axisLabel: { color: AXIS, width: 132, overflow: "truncate" },
    },
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      confine: true,
      valueFormatter: (value: unknown) => `${formatNumber(Number(value), digits)} ${unit}`,
    },
    series: [
      {
        type: "bar",
        barMaxWidth: 14,
        data: rows.map(({ value, colour }) => ({ value, itemStyle: { color: colour ?? BAR } })),
        cursor: picks ? "pointer" : "default",
        label: {
          show: true,
          position: "right",
          color: AXIS,
          formatter: ({ value }: { value: number }) => formatNumber(value, digits),
        },
      },
    ],
  };
}
