// The side panel: the run as a whole, or everything about one selected place.
import type { EChartsType } from "echarts/core";
import { element } from "../dom";
import { formatNumber } from "../format";
import { message } from "../messages";
import { addresses, type Detail, type ProjectSummary, type RunData } from "./api";
import { courseSection } from "./course";
import type { LngLat } from "./hexagons";
import { defineButton } from "./frame";
import { Overview } from "./overview";
import { chartSection, type DrawJob, numbersList, section } from "./panel_parts";
import { may } from "./rights";
import type { Kind, LayerName, Selected } from "./state";

/** The layer whose definition explains a thing of this kind. */
const DEFINING: Partial<Record<Kind, LayerName>> = {
  cell: "cells",
  cluster: "clusters",
  point: "points",
  township: "townships",
};

/** What the panel needs from the page around it. */
export interface PanelHost {
  select(selected: Selected | null): void;
  stepLabel(step: number): string;
  /** word for a kind of course over time */
  categoryName(category: number): string;
  define(layer: LayerName, term?: string): void;
}

export class Panel {
  /** Charts of content that was replaced meanwhile are not drawn. */
  private generation = 0;
  private drawn: EChartsType[] = [];
  private readonly overview: Overview;

  constructor(
    private readonly container: HTMLElement,
    private readonly run: RunData,
    private readonly host: PanelHost,
  ) {
    this.overview = new Overview(run, (selected) => host.select(selected), (category) => host.categoryName(category));
  }

  showOverview(step: number): void {
    if (this.overview.content.parentElement !== this.container) this.replace([], this.overview.content);
    this.overview.show(step, this.host.stepLabel(step));
  }

  /** Content that others keep up to date. */
  showOther(content: HTMLElement): void {
    if (content.parentElement !== this.container) this.replace([], content);
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
    this.replace(
      jobs,
      this.heading(selected, detail.title ?? detail.name ?? selected.id),
      element("p", { class: "panel-step" }, detail.period ?? this.host.stepLabel(step)),
      element("p", { class: "panel-why" }, detail.sentence),
      numbersList(detail.numbers),
      detail.course ? courseSection(detail.course, this.run.meta.steps, (term) => this.host.define("emerging", term)) : null,
      this.actions(selected, detail, at),
      trendSection(detail, step, jobs),
      contributionsSection(detail, jobs),
      classesSection(detail, jobs),
      casesSection(detail),
    );
  }

  showProject(project: ProjectSummary): void {
    const selected: Selected = { kind: "project", id: project.id };
    const numbers: Detail["numbers"] = [
      { label: message("project.point"), value: project.point },
      { label: message("project.status"), value: message(`status.${project.phase}`) },
      ...(project.effect ? [{ label: message("project.effect"), value: message(`effect.${project.effect}`) }] : []),
      { label: message("project.owner"), value: project.owner },
      { label: message("project.radius"), value: project.radius_m, unit: message("unit.metres") },
    ];
    const href = addresses.project(selected.id);
    const open = element("a", { class: "btn btn-primary btn-sm", href }, message("panel.openProject"));
    const sheet = element("a", { class: "btn btn-outline-secondary btn-sm", href: addresses.projectPoint(selected.id) }, message("panel.openPoint"));
    const actions = element("p", { class: "panel-actions" }, open, sheet);
    this.replace([], this.heading(selected, project.name), numbersList(numbers), actions);
  }

  private replace(jobs: DrawJob[], ...content: (HTMLElement | null)[]): void {
    const generation = ++this.generation;
    for (const chart of this.drawn.splice(0)) chart.dispose();
    this.container.replaceChildren(...content.filter((item) => item !== null));
    this.container.scrollTop = 0;
    if (!jobs.length) return;
    void import("../chart/draw").then((charts) => {
      if (generation === this.generation) this.drawn = jobs.map((job) => job(charts));
    });
  }

  private heading(selected: Selected, name: string): HTMLElement {
    const close = element("button", { type: "button", class: "panel-close", "aria-label": message("panel.close") }, "×");
    close.title = `${message("panel.close")} (Esc)`;
    close.addEventListener("click", () => this.host.select(null));
    const kind = element("span", { class: "panel-kind" }, message(`kind.${selected.kind}`));
    const defined = this.definingLayer(selected);
    if (defined) kind.append(defineButton(message(`layers.${defined}`), () => this.host.define(defined)));
    return element("header", { class: "panel-head" }, element("div", {}, kind, element("h2", {}, name)), close);
  }

  /** A point may be on the map for being unusually high alone. */
  private definingLayer({ kind, id }: Selected): LayerName | undefined {
    const point = kind === "point" ? this.run.points.find((each) => each.id === id) : undefined;
    return point && !point.rules.length ? "unusual" : DEFINING[kind];
  }

  private actions(selected: Selected, detail: Detail, at: LngLat | null): HTMLElement {
    const run = this.run.meta.id;
    const place = element("p", { class: "panel-actions" });
    if (at && may("projects")) {
      const name = selected.kind === "cell" || selected.kind === "cluster" ? "" : (detail.name ?? "");
      const href = addresses.newProject({ lng: at[0], lat: at[1], run, name });
      const link = { class: "btn btn-primary btn-sm", id: "make-project", href };
      place.append(element("a", link, message("panel.makeProject")));
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
    if (detail.registered && may("places")) {
      const href = addresses.place(detail.registered.code);
      const label = message("panel.openPlace", { name: detail.registered.name });
      place.append(element("a", { class: "btn btn-outline-secondary btn-sm", id: "open-place", href }, label));
    }
    return place;
  }
}

function trendSection(detail: Detail, step: number, jobs: DrawJob[]): HTMLElement {
  return chartSection("panel.trend", jobs, (charts, box) => {
    const option = charts.trendOption({
      labels: detail.series.map((point) => point.label),
      count: detail.series.map((point) => point.count),
      expected: detail.series.map((point) => point.expected),
      chosen: detail.period_steps ?? [step, step],
      name: detail.counted ?? undefined,
      unit: detail.unit ?? undefined,
    });
    return charts.draw(box, option);
  });
}

function contributionsSection({ contributions, score }: Detail, jobs: DrawJob[]): HTMLElement | null {
  if (!contributions?.length) return null;
  const rows = contributions.map(({ label, points }) => ({ name: label, value: points }));
  const made = chartSection("panel.contributions", jobs, (charts, box) => {
    box.style.height = charts.barsHeight(rows.length);
    return charts.draw(box, charts.barsOption({ rows, unit: message("chart.points"), digits: 1 }));
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
    return charts.draw(box, charts.barsOption({ rows, unit: message("panel.trend.unit") }));
  });
}

function casesSection({ cases, total }: Detail): HTMLElement {
  if (!cases.length) return section("panel.cases", element("p", { class: "text-secondary" }, message("panel.cases.none")));
  const items = cases.map((row) => {
    const about = [row.received, row.class, row.address, row.status].filter(Boolean).join(" · ");
    return element(
      "li",
      {},
      element("div", { class: "case-title" }, row.title || row.class || row.case_id),
      element("div", { class: "case-meta" }, about),
    );
  });
  const shown = message("panel.cases.shown", { shown: formatNumber(cases.length), total: formatNumber(total) });
  const list = element("ol", { class: "panel-cases" }, ...items);
  return section("panel.cases", element("p", { class: "text-secondary" }, shown), list);
}
