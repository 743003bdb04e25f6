// How many cells are hot and low from step to step.
import type { EChartsCoreOption } from "echarts/core";
import { AXIS } from "./echarts_core";
import { periodFrame } from "./period_frame";

export interface HistoryData {
  labels: string[];
  lines: { name: string; values: number[]; colour: string }[];
  unit: string;
  chosen: number;
}

export function historyOption({ labels, lines, unit, chosen }: HistoryData): EChartsCoreOption {
  const chosenLabel = labels[chosen];
  return {
    ...periodFrame({ labels, unit, digits: 0, legend: true }),
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
