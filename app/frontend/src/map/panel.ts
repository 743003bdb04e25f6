// The side panel: the run as a whole, or everything about one selected place.
import { element } from "../dom";
import { formatFigure, formatNumber } from "../format";
import { type MessageKey, message } from "../messages";
import { addresses, type Detail, type ProjectSummary, type RunData } from "./api";
import type { LngLat } from "./hexagons";
import { LEVEL_COLOURS, LEVELS } from "./palette";
import type { Selected } from "./state";
import { countLevels, levelHistory } from "./summary";

/** Rows in the lists from which a place can be chosen without the map. */
const LISTED = 10;

/** What the panel needs from the page around it. */
export interface PanelHost {
  select(selected: Selected | null): void;
  stepLabel(step: number): string;
}

type Charts = typeof import("../chart/draw");
type DrawJob = (charts: Charts) => void;

export class Panel {
  /** Charts of content that was replaced meanwhile are not drawn. */
  private generation = 0;

  constructor(
    private readonly container: HTMLElement,
    private readonly run: RunData,
    private readonly host: PanelHost,
  ) {}

  showOverview(step: number): void {
    const jobs: DrawJob[] = [];
    this.replace(
      jobs,
      element("h2", {}, message("panel.overview")),
      element("p", { class: "panel-step" }, this.host.stepLabel(step)),
      element("p", { class: "text-secondary" }, message("panel.none")),
      totalsList(this.run),
      this.distribution(step, jobs),
      this.history(step, jobs),
      this.townshipList(),
      this.pointList(),
    );
  }

  showLoading(selected: Selected): void {
    this.replace([], this.heading(selected, ""), element("p", { class: "text-secondary" }, message("panel.loading")));
  }

  showError(selected: Selected, reason: string): void {
    const line = element("p", { class: "panel-error", role: "alert" }, message("error.detail", { reason }));
    this.replace([], this.heading(selected, ""), line);
  }

  showDetail(selected: Selected, detail: Detail, step: number, at: LngLat | null): void {
    const jobs: DrawJob[] = [];
    const name = detail.title ?? detail.name ?? selected.id;
    this.replace(
      jobs,
      this.heading(selected, name),
      element("p", { class: "panel-step" }, this.host.stepLabel(step)),
      element("p", { class: "panel-why" }, detail.sentence),
      numbersList(detail),
      this.actions(selected, detail, at),
      this.trend(detail, step, jobs),
      contributionsSection(detail, jobs),
      classesSection(detail, jobs),
      casesSection(detail),
    );
  }

  showProject(project: ProjectSummary): void {
    const selected: Selected = { kind: "project", id: String(project.id) };
    const numbers: Detail["numbers"] = [
      { label: message("project.status"), value: message(`status.${project.status}`) },
      { label: message("project.owner"), value: project.owner },
      { label: message("project.radius"), value: project.radius_m, unit: "m" },
    ];
    const open = element("a", { class: "btn btn-primary btn-sm", href: addresses.project(selected.id) });
    open.append(message("panel.openProject"));
    this.replace([], this.heading(selected, project.name), numbersList({ numbers }), open);
  }

  private replace(jobs: DrawJob[], ...content: (HTMLElement | null)[]): void {
    const generation = ++this.generation;
    this.container.replaceChildren(...content.filter((item) => item !== null));
    this.container.scrollTop = 0;
    if (!jobs.length) return;
    void import("../chart/draw").then((charts) => {
      if (generation === this.generation) for (const job of jobs) job(charts);
    });
  }

  private heading(selected: Selected, name: string): HTMLElement {
    const close = element("button", { type: "button", class: "panel-close", "aria-label": message("panel.close") }, "×");
    close.title = `${message("panel.close")} (Esc)`;
    close.addEventListener("click", () => this.host.select(null));
    const kind = element("span", { class: "panel-kind" }, message(`kind.${selected.kind}`));
    return element("header", { class: "panel-head" }, element("div", {}, kind, element("h2", {}, name)), close);
  }

  private actions(selected: Selected, detail: Detail, at: LngLat | null): HTMLElement {
    const run = this.run.meta.id;
    const place = element("p", { class: "panel-actions" });
    if (at) {
      const name = selected.kind === "cell" ? "" : (detail.name ?? "");
      const href = addresses.newProject({ lng: at[0], lat: at[1], run, name });
      place.append(element("a", { class: "btn btn-primary btn-sm", id: "make-project", href }, message("panel.makeProject")));
    }
    if (selected.kind === "township") {
      const href = addresses.township(selected.id, run);
      place.append(element("a", { class: "btn btn-outline-secondary btn-sm", href }, message("panel.openTownship")));
    } else if (detail.township) {
      const { code, name } = detail.township;
      const button = element("button", { type: "button", class: "btn btn-outline-secondary btn-sm" }, name);
      button.addEventListener("click", () => this.host.select({ kind: "township", id: code }));
      place.append(button);
    }
    return place;
  }

  private distribution(step: number, jobs: DrawJob[]): HTMLElement {
    const counts = countLevels(this.run.cells, step);
    const rows = LEVELS.map((level) => ({
      name: message(`level.${level}`),
      value: counts.get(level) ?? 0,
      colour: LEVEL_COLOURS[level],
    }));
    const unit = message("panel.distribution.unit");
    return chartSection("panel.distribution", jobs, (charts, box) => {
      box.style.height = charts.barsHeight(rows.length);
      charts.draw(box, charts.barsOption({ rows, unit }));
    });
  }

  private history(step: number, jobs: DrawJob[]): HTMLElement {
    const { hot, low } = levelHistory(this.run.cells);
    const lines = [
      { name: message("panel.history.hot"), values: hot, colour: LEVEL_COLOURS[3] },
      { name: message("panel.history.low"), values: low, colour: LEVEL_COLOURS[-3] },
    ];
    const labels = this.run.meta.steps.map((item) => item.label);
    const unit = message("panel.distribution.unit");
    return chartSection("panel.history", jobs, (charts, box) => {
      charts.draw(box, charts.historyOption({ labels, lines, unit, chosen: step }));
    });
  }

  private trend(detail: Detail, step: number, jobs: DrawJob[]): HTMLElement {
    return chartSection("panel.trend", jobs, (charts, box) => {
      const option = charts.trendOption({
        labels: detail.series.map((point) => point.label),
        count: detail.series.map((point) => point.count),
        expected: detail.series.map((point) => point.expected),
        chosen: step,
      });
      charts.draw(box, option);
    });
  }

  private townshipList(): HTMLElement | null {
    const { series } = this.run;
    const ranked = series.codes
      .map((code, i) => ({ id: code, name: series.names[i] ?? code, rank: series.rank?.[i], score: series.score?.[i] }))
      .filter((row) => typeof row.rank === "number")
      .sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0))
      .slice(0, LISTED);
    const rows = ranked.map(({ id, name, score }) => this.choice("township", id, name, formatNumber(score, 1)));
    return rows.length ? section("panel.townships.top", element("ol", { class: "panel-list" }, ...rows)) : null;
  }

  private pointList(): HTMLElement | null {
    const most = [...this.run.points].sort((a, b) => b.reports - a.reports).slice(0, LISTED);
    const rows = most.map((point) => this.choice("point", point.id, point.name, formatNumber(point.reports)));
    return rows.length ? section("panel.points.top", element("ol", { class: "panel-list" }, ...rows)) : null;
  }

  private choice(kind: Selected["kind"], id: string, name: string, figure: string): HTMLElement {
    const button = element("button", { type: "button" }, element("span", {}, name), element("b", {}, figure));
    button.addEventListener("click", () => this.host.select({ kind, id }));
    return element("li", {}, button);
  }
}

function section(title: MessageKey, ...content: (HTMLElement | null)[]): HTMLElement {
  return element("section", { class: "panel-section" }, element("h3", {}, message(title)), ...content);
}

function chartSection(
  title: MessageKey,
  jobs: DrawJob[],
  drawIn: (charts: Charts, box: HTMLElement) => void,
): HTMLElement {
  const box = element("div", { class: "panel-chart", role: "img", "aria-label": message(title) });
  jobs.push((charts) => drawIn(charts, box));
  return section(title, box);
}

function totalsList({ meta: { totals } }: RunData): HTMLElement {
  const numbers = (["all", "located", "unlocated", "township_only"] as const).map((key) => ({
    label: message(`panel.${key}`),
    value: totals[key],
  }));
  return numbersList({ numbers });
}

function numbersList({ numbers }: Pick<Detail, "numbers">): HTMLElement {
  const pairs = numbers.map(({ label, value, unit }) => {
    const shown = typeof value === "number" ? formatFigure(value) : (value ?? "—");
    const figure = element("dd", {}, shown, unit && value !== null ? element("small", {}, ` ${unit}`) : null);
    return element("div", {}, element("dt", {}, label), figure);
  });
  return element("dl", { class: "panel-numbers" }, ...pairs);
}

function contributionsSection({ contributions, score }: Detail, jobs: DrawJob[]): HTMLElement | null {
  if (!contributions?.length) return null;
  const rows = contributions.map(({ label, points }) => ({ name: label, value: points }));
  const made = chartSection("panel.contributions", jobs, (charts, box) => {
    box.style.height = charts.barsHeight(rows.length);
    charts.draw(box, charts.barsOption({ rows, unit: message("chart.points"), digits: 1 }));
  });
  const total = `${message("panel.score")} ${formatNumber(score, 1)}`;
  made.querySelector("h3")?.append(element("small", {}, total));
  return made;
}

function classesSection({ classes }: Detail, jobs: DrawJob[]): HTMLElement | null {
  if (!classes.length) return null;
  const rows = classes.map(({ name, count }) => ({ name, value: count }));
  return chartSection("panel.classes", jobs, (charts, box) => {
    box.style.height = charts.barsHeight(rows.length);
    charts.draw(box, charts.barsOption({ rows, unit: message("panel.trend.unit") }));
  });
}

function casesSection({ cases, total }: Detail): HTMLElement {
  if (!cases.length) return section("panel.cases", element("p", { class: "text-secondary" }, message("panel.cases.none")));
  const items = cases.map((row) =>
    element(
      "li",
      {},
      element("div", { class: "case-title" }, row.title ?? row.class ?? row.case_id),
      element("div", { class: "case-meta" }, [row.received, row.class, row.address, row.status].filter(Boolean).join(" · ")),
    ),
  );
  const shown = message("panel.cases.shown", { shown: formatNumber(cases.length), total: formatNumber(total) });
  const list = element("ol", { class: "panel-cases" }, ...items);
  return section("panel.cases", element("p", { class: "text-secondary" }, shown), list);
}
