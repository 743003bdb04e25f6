// The card of a selection: what a lasso, a cell or a township amounts to.
import type { EChartsType } from "echarts/core";
import { element } from "../dom";
import { formatNumber, formatTold } from "../format";
import { type MessageKey, message } from "../messages";
import { addresses } from "../map/api";
import { chartSection, type DrawJob, numbersList, section } from "../map/panel_parts";
import { Asker } from "./answers";
import { type Card, type CurvePoint, fetchCard, type Options, type Views } from "./api";
import { CaseTable } from "./case_table";
import { valueName } from "./describing";
import { type Filter, questionOf, without } from "./filter";

/** From this share on one person's part is said. */
const TOLD_SHARE = 0.3;
const RATES = ["response", "resolution", "satisfaction"] as const;

export interface CardHost {
  close(): void;
  choosePlace(code: string): void;
  /** places that the card knows by name */
  named(places: Card["places"]): void;
}

export class SelectionCard {
  readonly element: HTMLElement;
  private readonly body = element("div", { class: "card-numbers" });
  private readonly title = element("h2", { id: "card-title" });
  private readonly cases: CaseTable;
  private readonly asker = new Asker<Card>(fetchCard);
  private drawn: EChartsType[] = [];

  constructor(
    private readonly answers: Asker<Views>,
    mayReadCases: boolean,
    private readonly host: CardHost,
  ) {
    this.cases = new CaseTable(mayReadCases);
    const button = element("button", { type: "button", class: "panel-close", "aria-label": message("card.close") }, "×");
    button.addEventListener("click", () => host.close());
    this.element = element("section", { class: "selection-card", id: "selection-card", "aria-labelledby": "card-title", hidden: true });
    this.element.append(element("header", { class: "panel-head" }, this.title, button), this.body, this.cases.section);
  }

  /** Shows the card of all that the filter keeps. */
  async show(filter: Filter, options: Options | null): Promise<void> {
    const question = questionOf(filter);
    this.title.textContent = titleOf(filter, options);
    this.element.hidden = false;
    this.element.setAttribute("aria-busy", "true");
    if (!this.body.childElementCount) this.body.replaceChildren(element("div", { class: "skeleton" }), element("div", { class: "skeleton" }));
    this.cases.show(question);
    this.asker.keepOnly([question]);
    // The trend is that of the curve below, whose question is asked anyway: with the periods that are not chosen.
    const [card, { series }] = await Promise.all([this.asker.ask(question), this.answers.ask(questionOf(without(filter, "periods")))]);
    this.host.named(card.places);
    this.title.textContent = titleOf(filter, options);
    this.render(card, filter, series.periods);
    this.element.setAttribute("aria-busy", "false");
  }

  /** Calls the card by names that came later than its numbers. */
  rename(filter: Filter, options: Options): void {
    this.title.textContent = titleOf(filter, options);
  }

  hide(): void {
    this.asker.keepOnly([]);
    this.cases.giveUp();
    this.element.hidden = true;
    this.body.replaceChildren();
  }

  private render(card: Card, filter: Filter, curve: readonly CurvePoint[]): void {
    const jobs: DrawJob[] = [];
    this.body.replaceChildren(
      ...[topCallerLine(card), numbersList(numbersOf(card)), notesOf(card), trendOf(curve, filter, jobs), classesOf(card, filter), placesOf(card, filter, this.host)].filter(
        (part) => part !== null,
      ),
    );
    for (const chart of this.drawn.splice(0)) chart.dispose();
    void import("../chart/draw").then((charts) => {
      if (this.body.isConnected) this.drawn = jobs.map((job) => job(charts));
    });
  }
}

function titleOf(filter: Filter, options: Partial<Options> | null): string {
  if (filter.lasso) return message("card.title.lasso");
  if (filter.cells.length) return message("card.title.cells", { count: formatNumber(filter.cells.length) });
  if (filter.place.length) return filter.place.map((code) => valueName("place", code, options)).join("、");
  const named = (["township", "district"] as const).flatMap((name) => filter[name].map((value) => valueName(name, value, options)));
  return named.length ? named.join("、") : message("card.title.all");
}

/** One person may be a whole hot point: it is said before the numbers. */
function topCallerLine({ top_caller_reports: top, reports }: Card): HTMLElement | null {
  const share = top !== null && reports > 1 ? top / reports : 0;
  if (share <= TOLD_SHARE) return null;
  const text = share === 1 ? message("card.oneCaller") : message("card.topCaller", { share: formatNumber(100 * share) });
  return element("p", { class: "panel-why", id: "card-top-caller" }, text);
}

function numbersOf(card: Card): { label: string; value: string | number | null; unit?: string }[] {
  const counts = [
    { label: message("card.reports"), value: card.reports, unit: message("unit.reports") },
    { label: message("card.callers"), value: card.callers, unit: message("unit.callers") },
    { label: message("card.incidents"), value: card.incidents, unit: message("unit.incidents") },
    { label: message("card.cells"), value: card.cells },
  ].map((each) => ({ ...each, value: formatTold(each.value) }));
  const rates = RATES.map((name) => {
    const rate = card.rates[name];
    // Nobody asked is not the same as nobody satisfied.
    return { label: message(`card.${name}`), value: rate === null ? message("card.noCallback") : `${formatNumber(100 * rate, 1)}%` };
  });
  return [...counts, ...rates];
}

function notesOf({ rates, unknown_callers: unknown }: Card): HTMLElement {
  const notes = [message("card.valid", { count: formatNumber(rates.valid) })];
  if (unknown > 0) notes.push(message("card.callers.unknown", { count: formatTold(unknown) }));
  return element("p", { class: "view-note" }, notes.join(" · "));
}

function trendOf(points: readonly CurvePoint[], { measure, periods }: Filter, jobs: DrawJob[]): HTMLElement {
  return chartSection("card.trend", jobs, (charts, box) =>
    charts.draw(box, charts.curveOption({ points, name: message(`measure.${measure}`), unit: message(`unit.${measure}`), chosen: periods })),
  );
}

function classesOf({ classes, other_classes: other }: Card, filter: Filter): HTMLElement | null {
  if (!classes.length) return null;
  const rows = classes.map(({ name, count }) => row(name ?? message("filter.noValue", { what: message("filter.class") }), count, filter));
  if (other) rows.push(row(message("card.classes.other"), other, filter));
  return section("card.classes", element("ol", { class: "card-list" }, ...rows));
}

/** A place leads to its own card first; the register is one step further. */
function placesOf({ places }: Card, filter: Filter, host: CardHost): HTMLElement | null {
  if (!places.length) return null;
  const rows = places.map(({ code, name, count }) => {
    if (filter.place.includes(code)) return row(element("a", { href: addresses.place(code) }, message("panel.openPlace", { name: name || code })), count, filter);
    const button = element("button", { type: "button" }, name || code);
    button.addEventListener("click", () => host.choosePlace(code));
    return row(button, count, filter);
  });
  return section("card.places", element("ol", { class: "card-list" }, ...rows));
}

function row(name: string | HTMLElement, count: number, { measure }: Filter): HTMLElement {
  return element("li", {}, element("span", {}, name), element("b", {}, formatTold(count), element("small", {}, ` ${message(`unit.${measure}` as MessageKey)}`)));
}
