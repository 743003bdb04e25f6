// The parts of ECharts that Suyuan uses, and how a chart lives in an element.
import { BarChart, HeatmapChart, LineChart, ScatterChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import { type EChartsCoreOption, init, type EChartsType, use } from "echarts/core";
import { LabelLayout } from "echarts/features";
import { CanvasRenderer } from "echarts/renderers";

use([
  BarChart,
  HeatmapChart,
  LineChart,
  ScatterChart,
  AriaComponent,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TooltipComponent,
  VisualMapComponent,
  LabelLayout,
  CanvasRenderer,
]);

export const AXIS = "#6b7280";
export const GRID = "#e5e7eb";

/**
 * Parts common to all charts. The tooltip is drawn on the canvas: ECharts' HTML tooltip writes style
 * attributes, which the content security policy forbids.
 */
export const COMMON: EChartsCoreOption = {
  animation: false,
  aria: { enabled: true },
  tooltip: { trigger: "axis", renderMode: "richText", confine: true, axisPointer: { type: "shadow" } },
};

/** Draws `option` in `container` and keeps it to the container's width. */
export function draw(container: HTMLElement, option: EChartsCoreOption): EChartsType {
  const chart = init(container, null, { renderer: "canvas" });
  const { fontFamily } = getComputedStyle(document.body);
  chart.setOption({ ...COMMON, textStyle: { fontFamily, fontSize: 12 }, ...option });
  // The observer dies with the element: it holds nothing that outlives it.
  new ResizeObserver(() => {
    if (container.isConnected && !chart.isDisposed()) chart.resize();
  }).observe(container);
  return chart;
}
