// Entry of pages with charts but no map: draws every `.chart[data-chart]` from the JSON it names.
import { barsHeight, barsOption } from "./chart/bars";
import { draw } from "./chart/echarts_core";
import { type PlaneData, planeOption } from "./chart/plane";
import { type TrendData, trendOption } from "./chart/trend";
import { pageData } from "./dom";
import { message } from "./messages";

interface ListData {
  rows: { label?: string; name?: string; points?: number; count?: number }[];
  max?: number;
  unit?: string;
}

function drawTrend(box: HTMLElement, data: TrendData): void {
  draw(box, trendOption(data));
}

function drawList(box: HTMLElement, data: ListData, digits: number, unit: string): void {
  const rows = data.rows.map((row) => ({
    name: row.label ?? row.name ?? "",
    value: row.points ?? row.count ?? 0,
  }));
  box.style.height = barsHeight(rows.length);
  draw(box, barsOption({ rows, unit: data.unit ?? unit, digits, max: data.max }));
}

function drawCharts(root: ParentNode): void {
  for (const box of root.querySelectorAll<HTMLElement>("[data-chart]:not([data-drawn])")) {
    const source = box.dataset.source ?? "";
    box.dataset.drawn = "1";
    if (box.dataset.chart === "trend") {
      const data = pageData<TrendData>(source);
      if (data) drawTrend(box, data);
      continue;
    }
    if (box.dataset.chart === "plane") {
      const points = pageData<PlaneData["points"]>(source);
      if (points) draw(box, planeOption({ points, x: box.dataset.x ?? "", y: box.dataset.y ?? "" }));
      continue;
    }
    const data = pageData<ListData>(source);
    if (!data) continue;
    if (box.dataset.chart === "contributions") drawList(box, data, 1, message("chart.points"));
    else drawList(box, data, 0, message("panel.trend.unit"));
  }
}

drawCharts(document);
// Fragments that htmx brings in may hold charts of their own.
document.addEventListener("htmx:after:swap", () => drawCharts(document));
