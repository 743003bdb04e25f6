// The panel while nothing is selected: the run's counts, its cells by level, and lists to choose from.
import type { EChartsType } from "echarts/core";
import { element } from "../dom";
import { formatNumber } from "../format";
import { message } from "../messages";
import type { RunData } from "./api";
import { LEVEL_COLOURS, LEVELS } from "./palette";
import { type Charts, chartSection, type DrawJob, numbersList, section } from "./panel_parts";
import type { Selected } from "./state";
import { countLevels, type LevelHistory, levelHistory } from "./summary";

/** Rows in the lists from which a place can be chosen without the map. */
const LISTED = 10;

export class Overview {
  /** Made once: from step to step only the figures and charts in it change. */
  readonly content: HTMLElement;
  private readonly stepLine = element("p", { class: "panel-step" });
  private readonly levels: LevelHistory;
  private charts: { library: Charts; distribution: EChartsType; history: EChartsType } | null = null;
  private step = 0;

  constructor(
    private readonly run: RunData,
    private readonly select: (selected: Selected) => void,
  ) {
    this.levels = levelHistory(run.cells);
    const jobs: DrawJob[] = [];
    const boxes: HTMLElement[] = [];
    this.content = element(
      "div",
      {},
      element("h2", {}, message("panel.overview")),
      this.stepLine,
      element("p", { class: "text-secondary" }, message("panel.none")),
      this.totals(),
      chartSection("panel.distribution", jobs, (_, box) => boxes.push(box)),
      chartSection("panel.history", jobs, (_, box) => boxes.push(box)),
      this.townshipList(),
      this.pointList(),
    );
    void import("../chart/draw").then((library) => {
      for (const job of jobs) job(library);
      this.makeCharts(library, boxes);
    });
  }

  show(step: number, label: string): void {
    this.step = step;
    this.stepLine.textContent = label;
    this.charts?.distribution.setOption(this.distributionOption(this.charts.library));
    this.charts?.history.setOption(this.historyOption(this.charts.library), { replaceMerge: ["series"] });
  }

  private makeCharts(library: Charts, [upper, lower]: HTMLElement[]): void {
    if (!upper || !lower) return;
    upper.style.height = library.barsHeight(LEVELS.length);
    this.charts = {
      library,
      distribution: library.draw(upper, this.distributionOption(library)),
      history: library.draw(lower, this.historyOption(library)),
    };
  }

  private distributionOption(library: Charts) {
    const counts = countLevels(this.run.cells, this.step);
    const rows = LEVELS.map((level) => ({
      name: message(`level.${level}`),
      value: counts.get(level) ?? 0,
      colour: LEVEL_COLOURS[level],
    }));
    return library.barsOption({ rows, unit: message("panel.distribution.unit") });
  }

  private historyOption(library: Charts) {
    return library.historyOption({
      labels: this.run.meta.steps.map((item) => item.label),
      lines: [
        { name: message("panel.history.hot"), values: this.levels.hot, colour: LEVEL_COLOURS[3] },
        { name: message("panel.history.low"), values: this.levels.low, colour: LEVEL_COLOURS[-3] },
      ],
      unit: message("panel.distribution.unit"),
      chosen: this.step,
    });
  }

  private totals(): HTMLElement {
    const keys = ["all", "located", "unlocated", "township_only"] as const;
    return numbersList(keys.map((key) => ({ label: message(`panel.${key}`), value: this.run.meta.totals[key] })));
  }

  private townshipList(): HTMLElement | null {
    const { codes, names, rank, score } = this.run.series;
    const ranked = codes
      .map((id, i) => ({ id, name: names[i] ?? id, rank: rank?.[i] ?? null, score: score?.[i] ?? null }))
      .filter((row) => row.rank !== null)
      .sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0))
      .slice(0, LISTED);
    const rows = ranked.map(({ id, name, score }) => this.choice({ kind: "township", id }, name, formatNumber(score, 1)));
    return rows.length ? section("panel.townships.top", element("ol", { class: "panel-list" }, ...rows)) : null;
  }

  private pointList(): HTMLElement | null {
    const most = [...this.run.points].sort((a, b) => b.reports - a.reports).slice(0, LISTED);
    const rows = most.map(({ id, name, reports }) => this.choice({ kind: "point", id }, name, formatNumber(reports)));
    return rows.length ? section("panel.points.top", element("ol", { class: "panel-list" }, ...rows)) : null;
  }

  private choice(selected: Selected, name: string, figure: string): HTMLElement {
    const button = element("button", { type: "button" }, element("span", {}, name), element("b", {}, figure));
    button.addEventListener("click", () => this.select(selected));
    return element("li", {}, button);
  }
}
