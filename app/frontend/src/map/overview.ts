// The panel while nothing is selected: the run's counts, its cells by level, and lists to choose from.
import type { EChartsType } from "echarts/core";
import { element } from "../dom";
import { formatNumber } from "../format";
import { message } from "../messages";
import type { RunData } from "./api";
import { iconCanvas, pointIcon } from "./icons";
import { CATEGORIES, CATEGORY_COLOURS, LEVEL_COLOURS, LEVELS, NOT_TESTED } from "./palette";
import { type Charts, chartSection, choice, type DrawJob, during, numbersList, section } from "./panel_parts";
import { rankPoints, registeredAs } from "./points";
import type { Selected } from "./state";
import { countCategories, countLevels, type LevelHistory, levelHistory } from "./summary";

/** Rows in the lists from which a place can be chosen without the map. */
const LISTED = 10;

export class Overview {
  /** Made once: from step to step only the figures and charts in it change. */
  readonly content: HTMLElement;
  private readonly stepLine = element("small");
  private readonly levels: LevelHistory;
  private readonly jobs: DrawJob[] = [];
  private charts: Charts | null = null;
  private drawn: EChartsType[] = [];
  private step = 0;

  constructor(
    private readonly run: RunData,
    private readonly select: (selected: Selected) => void,
    private readonly categoryName: (category: number) => string,
  ) {
    this.levels = levelHistory(run.cells);
    this.content = element(
      "div",
      {},
      element("h2", {}, message("panel.overview")),
      element("p", { class: "text-secondary" }, message("panel.none")),
      this.totals(),
      this.distribution(),
      chartSection("panel.history", this.jobs, (charts, box) => charts.draw(box, this.historyOption(charts))),
      this.categories(),
      this.townshipList(),
      this.pointList(),
      this.clusterList(),
    );
  }

  show(step: number, label: string): void {
    this.step = step;
    this.stepLine.textContent = label;
    if (this.charts) this.update(this.charts);
    else void this.load();
  }

  /** Only once the panel is in the page: a chart takes its size from it. */
  private async load(): Promise<void> {
    this.charts = await import("../chart/draw");
    this.update(this.charts);
  }

  private update(charts: Charts): void {
    if (!this.drawn.length) {
      this.drawn = this.jobs.map((job) => job(charts));
      return;
    }
    const [distribution, history] = this.drawn;
    distribution?.setOption(this.distributionOption(charts));
    history?.setOption(this.historyOption(charts), { replaceMerge: ["series"] });
  }

  /** The first figures that belong to the step shown, not to the whole run: its heading says so. */
  private distribution(): HTMLElement {
    const made = chartSection("panel.distribution", this.jobs, (charts, box) => this.drawDistribution(charts, box));
    made.querySelector("h3")?.append(this.stepLine);
    return made;
  }

  private drawDistribution(charts: Charts, box: HTMLElement): EChartsType {
    box.style.height = charts.barsHeight(LEVELS.length);
    return charts.draw(box, this.distributionOption(charts));
  }

  private distributionOption(charts: Charts) {
    const counts = countLevels(this.run.cells, this.step);
    const rows = LEVELS.map((level) => ({
      name: message(`level.${level}`),
      value: counts.get(level) ?? 0,
      colour: LEVEL_COLOURS[level],
    }));
    return charts.barsOption({ rows, unit: message("panel.distribution.unit") });
  }

  private historyOption(charts: Charts) {
    return charts.historyOption({
      labels: this.run.meta.steps.map((item) => item.label),
      lines: [
        { name: message("panel.history.hot"), values: this.levels.hot, colour: LEVEL_COLOURS[3] },
        { name: message("panel.history.low"), values: this.levels.low, colour: LEVEL_COLOURS[-3] },
      ],
      unit: message("panel.distribution.unit"),
      chosen: this.step,
    });
  }

  /** Cells of every kind of course that there is; those without one would dwarf the others. */
  private categories(): HTMLElement | null {
    const counts = countCategories(this.run.cells);
    const rows = CATEGORIES.filter((code) => code !== 0 && code !== NOT_TESTED && counts.get(code)).map((code) => ({
      name: this.categoryName(code),
      value: counts.get(code) ?? 0,
      colour: CATEGORY_COLOURS[code],
    }));
    if (!rows.length) return null;
    return chartSection("panel.categories", this.jobs, (charts, box) => {
      box.style.height = charts.barsHeight(rows.length);
      return charts.draw(box, charts.barsOption({ rows, unit: message("panel.distribution.unit") }));
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
    const rows = ranked.map(({ id, name, score }) =>
      choice([name], formatNumber(score, 1), message("chart.points"), () => this.select({ kind: "township", id })),
    );
    return rows.length ? section("panel.townships.top", element("ol", { class: "panel-list" }, ...rows)) : null;
  }

  private pointList(): HTMLElement | null {
    const rows = rankPoints(this.run.points)
      .slice(0, LISTED)
      .map((point) => {
        const selected: Selected = { kind: "point", id: point.id };
        const alone = point.one_caller ? element("small", {}, ` ${message("points.oneCaller")}`) : null;
        const register = point.registered_as ? element("small", {}, ` ${registeredAs(point)}`) : null;
        const label = [iconCanvas(pointIcon(point)), point.name, register, alone];
        return choice(label, formatNumber(point.reports), message("panel.trend.unit"), () => this.select(selected));
      });
    return rows.length ? section("panel.points.top", element("ol", { class: "panel-list" }, ...rows)) : null;
  }

  /** All of them: the map shows only some at a time, and a list reaches each without a pointer. */
  private clusterList(): HTMLElement | null {
    const { clusters, meta } = this.run;
    const byPopulation = meta.population !== false;
    const rows = clusters.features.map(({ properties }) => {
      const { rank, township, start, end, observed, expected, relative_risk: risk } = properties;
      const about = [township, during(meta.steps, start, end)].filter(Boolean).join(" · ");
      const name = element("span", { class: "cluster-line" }, message("cluster.name", { rank: String(rank) }), element("small", {}, about));
      const times = byPopulation ? risk : observed / expected;
      return choice([name], times.toFixed(2), message("unit.times"), () => this.select({ kind: "cluster", id: String(rank) }));
    });
    const title = byPopulation ? "panel.clusters.top" : "panel.clusters.top.plain";
    return rows.length ? section(title, element("ol", { class: "panel-list" }, ...rows)) : null;
  }
}
