// A linked view: title, chart, and the same as a table whose buttons choose as a click on the chart does.
import type { EChartsCoreOption, EChartsType } from "echarts/core";
import { element } from "../dom";
import { formatNumber } from "../format";
import { message } from "../messages";

type Charts = typeof import("../chart/draw");

/** One thing that can be chosen. */
export interface Pickable {
  name: string;
  /** as the table writes it */
  figures: readonly string[];
  chosen: boolean;
}

export interface Shown {
  option(charts: Charts): EChartsCoreOption;
  height?: string;
  note?: string;
  /** headings of the figures */
  columns: readonly string[];
  /** in the order of the chart's data */
  rows: readonly Pickable[];
}

export class ChartBox {
  readonly section: HTMLElement;
  /** between title and chart, for what a view needs beside them */
  readonly tools = element("div", { class: "view-tools" });
  private readonly box: HTMLElement;
  private readonly note = element("p", { class: "view-note" });
  private readonly table = element("table", { class: "view-table" });
  private readonly details: HTMLDetailsElement;
  private readonly clear: HTMLButtonElement;
  private chart: EChartsType | null = null;
  private shown: Shown | null = null;

  constructor(
    name: string,
    private readonly title: string,
    private readonly pick: (index: number, add: boolean) => void,
    clear: () => void,
  ) {
    this.clear = element("button", { type: "button", class: "view-clear", hidden: true }, message("views.clear"));
    this.clear.addEventListener("click", () => {
      clear();
      this.details.querySelector("summary")?.focus();
    });
    this.box = element("div", { class: "view-chart is-waiting", role: "img", "aria-label": title, title: message("views.pick") });
    this.details = element("details", {}, element("summary", {}, message("views.table"), element("span", { class: "visually-hidden" }, `: ${title}`)), this.table);
    this.details.addEventListener("toggle", () => this.renderTable());
    const head = element("header", { class: "view-head" }, element("h3", {}, title), this.clear);
    this.section = element("section", { class: "view", "data-view": name }, head, this.tools, this.box, this.note, this.details);
  }

  show(shown: Shown): void {
    this.shown = shown;
    this.clear.hidden = !shown.rows.some(({ chosen }) => chosen);
    this.note.textContent = shown.note ?? "";
    this.renderTable();
    void import("../chart/draw").then((charts) => {
      if (this.shown === shown) this.draw(charts, shown);
    });
  }

  private draw(charts: Charts, shown: Shown): void {
    if (shown.height) this.box.style.height = shown.height;
    if (!this.chart) {
      this.box.classList.remove("is-waiting");
      this.chart = charts.draw(this.box, {});
      this.chart.on("click", ({ dataIndex, event }) => {
        const native = (event as { event?: MouseEvent } | undefined)?.event;
        this.pick(dataIndex, native?.shiftKey ?? false);
      });
    }
    this.chart.resize();
    // The frame that all charts share stays; what the chart shows is replaced as a whole.
    this.chart.setOption(shown.option(charts), { replaceMerge: ["series", "xAxis", "yAxis", "visualMap"] });
    this.section.dataset.drawn = "1";
  }

  /** A folded table is not made: it would cost each answer a thousand elements. */
  private renderTable(): void {
    if (!this.details.open || !this.shown) return;
    const { columns, rows } = this.shown;
    const focused = [...this.table.querySelectorAll("button")].indexOf(document.activeElement as HTMLButtonElement);
    const head = element("tr", {}, ...[message("views.name"), ...columns].map((each) => element("th", { scope: "col" }, each)));
    const body = rows.map(({ name, figures, chosen }, index) => {
      const button = element("button", { type: "button", "aria-pressed": String(chosen) }, name);
      button.addEventListener("click", (event) => this.pick(index, event.shiftKey));
      return element("tr", {}, element("th", { scope: "row" }, button), ...figures.map((each) => element("td", {}, each)));
    });
    this.table.replaceChildren(element("caption", { class: "visually-hidden" }, this.title), element("thead", {}, head), element("tbody", {}, ...body));
    this.table.querySelectorAll("button")[focused]?.focus();
  }
}

/** A change in per cent with its sign. */
export function formatChange(change: number | null): string {
  if (change === null) return "—";
  return `${change > 0 ? "+" : ""}${formatNumber(100 * change, 1)}%`;
}
