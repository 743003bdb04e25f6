// Things as points in a plane of two figures, each with its name: supply across, demand up.
import type { EChartsCoreOption } from "echarts/core";
import { formatNumber } from "../format";
import { AXIS, GRID } from "./echarts_core";
import { PLAIN } from "./tones";

export interface PlaneData {
  points: { name: string; x: number; y: number }[];
  /** what stands across and up, with their units */
  x: string;
  y: string;
}

interface Drawn {
  data: { name: string; value: [number, number] };
}

export function planeOption({ points, x, y }: PlaneData): EChartsCoreOption {
  const axis = { type: "value", scale: true, nameLocation: "middle", nameTextStyle: { color: AXIS }, axisLabel: { color: AXIS }, splitLine: { lineStyle: { color: GRID } } };
  return {
    grid: { left: 28, right: 28, top: 16, bottom: 28, containLabel: true },
    xAxis: { ...axis, name: x, nameGap: 26 },
    yAxis: { ...axis, name: y, nameGap: 38 },
    tooltip: {
      trigger: "item",
      renderMode: "richText",
      confine: true,
      formatter: ({ data }: Drawn) => `${data.name}\n${x}: ${formatNumber(data.value[0], 1)}\n${y}: ${formatNumber(data.value[1], 1)}`,
    },
    series: [
      {
        type: "scatter",
        symbolSize: 11,
        itemStyle: { color: PLAIN },
        data: points.map((point) => ({ name: point.name, value: [point.x, point.y] })),
        label: { show: true, position: "top", color: AXIS, formatter: ({ data }: Drawn) => data.name },
        labelLayout: { hideOverlap: true },
      },
    ],
  };
}
