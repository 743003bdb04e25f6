// The frame that charts over periods share: legend above, periods along, one named unit upwards.
import type { EChartsCoreOption } from "echarts/core";
import { formatNumber } from "../format";
import { AXIS, GRID } from "./echarts_core";

interface PeriodFrame {
  labels: string[];
  unit: string;
  /** after the point in the tooltip */
  digits: number;
  /** one kind of thing alone needs no legend */
  legend: boolean;
}

export function periodFrame({ labels, unit, digits, legend }: PeriodFrame): EChartsCoreOption {
  return {
    grid: { left: 4, right: 10, top: 34, bottom: 2, containLabel: true },
    legend: { top: 0, right: 0, itemWidth: 16, itemHeight: 8, textStyle: { color: AXIS }, show: legend },
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
      valueFormatter: (value: unknown) => `${formatNumber(typeof value === "number" ? value : null, digits)} ${unit}`,
    },
  };
}
