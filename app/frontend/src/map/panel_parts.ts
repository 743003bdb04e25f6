// Pieces that the panel's views share.
import type { EChartsType } from "echarts/core";
import { element } from "../dom";
import { formatFigure } from "../format";
import { type MessageKey, message } from "../messages";
import type { Detail, Step } from "./api";

export type Charts = typeof import("../chart/draw");

/** Something to draw once the charts are loaded. */
export type DrawJob = (charts: Charts) => EChartsType;

export function section(title: MessageKey, ...content: (HTMLElement | null)[]): HTMLElement {
  return element("section", { class: "panel-section" }, element("h3", {}, message(title)), ...content);
}

export function chartSection(
  title: MessageKey,
  jobs: DrawJob[],
  drawIn: (charts: Charts, box: HTMLElement) => EChartsType,
): HTMLElement {
  const box = element("div", { class: "panel-chart", role: "img", "aria-label": message(title) });
  jobs.push((charts) => drawIn(charts, box));
  return section(title, box);
}

/** The months of a cluster; a single one is named once. */
export function during(steps: readonly Step[], start: number, end: number): string {
  const [first, last] = [steps[start]?.label ?? "", steps[end]?.label ?? ""];
  return start === end ? first : message("cluster.during", { first, last });
}

/** One row of a list from which a place can be chosen without the map. */
export function choice(label: (Node | string | null)[], figure: string, unit: string, onClick: () => void): HTMLElement {
  const value = element("b", {}, figure, unit ? element("small", {}, ` ${unit}`) : null);
  const button = element("button", { type: "button" }, element("span", {}, ...label), value);
  button.addEventListener("click", onClick);
  return element("li", {}, button);
}

export function numbersList(numbers: Detail["numbers"]): HTMLElement {
  const pairs = numbers.map(({ label, value, unit }) => {
    const shown = typeof value === "number" ? formatFigure(value) : (value ?? "—");
    const figure = element("dd", {}, shown, unit && value !== null ? element("small", {}, ` ${unit}`) : null);
    return element("div", {}, element("dt", {}, label), figure);
  });
  return element("dl", { class: "panel-numbers" }, ...pairs);
}
