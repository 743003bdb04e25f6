// How many cells are hot and low from step to step.
import type { EChartsCoreOption } from "echarts/core";
import { formatNumber } from "../format";
import { AXIS, GRID } from "./echarts_core";

export interface HistoryData {
  labels: string[];
  lines: { name: string; values: number[]; colour: string }[];
  unit: string;
  chosen: number;
}

export function historyOption({ labels, lines, unit, chosen }: HistoryData): EChartsCoreOption {
  const chosenLabel = labels[chosen];
  return {
    grid: { left: 4, right: 10, top: 34, bottom: 2, containLabel: true },
    legend: { top: 0, right: 0, itemWidth: 16, itemHeight: 8, textStyle: { color: AXIS } },
    xAxis: {
      type: "category",
      data: labels,
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
      valueFormatter: (value: unknown) => `${formatNumber(Number(value))} ${unit}`,
    },
    series: lines.map(({ name, values, colour }, i) => ({
      name,
      type: "line",
      data: values,
      color: colour,
      symbolSize: 5,
      lineStyle: { width: 1.8 },
      ...(i === 0 && chosenLabel !== undefined
        ? {
            markLine: {
              silent: true,
              symbol: "none",
              label: { show: false },
              lineStyle: { color: AXIS, type: "dashed" },
              data: [{ xAxis: chosenLabel }],
            },
          }
        : {}),
    })),
  };
}
