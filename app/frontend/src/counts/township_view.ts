// Townships ranked by number, rate or change a day.
import { CHOSEN, PALE, PLAIN } from "../chart/tones";
import { element } from "../dom";
import { formatNumber, formatTold } from "../format";
import { message } from "../messages";
import type { TownshipRow, Views } from "./api";
import { ChartBox, formatChange } from "./chart_box";
import { type Filter, toggled } from "./filter";

const SHOWN = 15;
const ORDERS = ["count", "rate", "change"] as const;
type Order = (typeof ORDERS)[number];

export class TownshipView {
  readonly box: ChartBox;
  private readonly order: HTMLSelectElement;
  private views: Views | null = null;
  private filter: Filter | null = null;
  private rows: readonly TownshipRow[] = [];

  constructor(change: (changes: Partial<Filter>) => void) {
    const pick = (index: number, add: boolean) => {
      const row = this.rows[index];
      if (row && this.filter) change({ township: toggled(this.filter.township, row.code, add) });
    };
    this.box = new ChartBox("townships", message("views.townships"), pick, () => change({ township: [] }));
    this.order = element("select", { id: "township-order" });
    this.order.addEventListener("change", () => {
      if (this.views && this.filter) this.show(this.views, this.filter);
    });
    this.box.tools.append(element("label", {}, element("span", {}, message("views.townships.sort")), this.order));
  }

  show(views: Views, filter: Filter): void {
    [this.views, this.filter] = [views, filter];
    const order = this.offerOrders(views, filter);
    const { rows, none, latest, previous } = views.townships;
    const isChosen = ({ code }: TownshipRow) => filter.township.includes(code);
    this.rows = ranked(rows, order);
    const some = rows.some(isChosen);
    const first = this.rows.filter((row, i) => i < SHOWN || isChosen(row));
    const unit = message(`unit.${filter.measure}`);
    const bars = first.map((row) => ({
      name: row.name,
      value: order === "change" ? 100 * (row.change ?? 0) : Math.max(0, row[order] ?? 0),
      colour: isChosen(row) ? CHOSEN : some ? PALE : PLAIN,
    }));
    this.rows = [...first, ...this.rows.filter((row) => !first.includes(row))];
    const shown = message("views.townships.first", { shown: formatNumber(first.length), all: formatNumber(rows.length) });
    const about = latest && previous ? message("views.townships.about", { latest: latest.label, previous: previous.label }) : "";
    const left = none.count ? message("views.townships.none", { count: formatTold(none.count), unit }) : "";
    const barUnit = order === "count" ? unit : order === "change" ? "%" : message("views.townships.rate");
    this.box.show({
      option: (charts) => charts.barsOption({ rows: bars, unit: barUnit, digits: order === "count" ? 0 : 1, picks: true }),
      height: `${bars.length * 24 + 12}px`,
      note: [shown, about, left].filter(Boolean).join(" "),
      columns: [unit, message("views.townships.rate"), message("views.townships.change")],
      rows: this.rows.map((row) => ({
        name: row.name,
        figures: [formatTold(row.count), formatNumber(row.rate, 1), formatChange(row.change)],
        chosen: isChosen(row),
      })),
    });
  }

  /** A rate needs people to divide by. */
  private offerOrders({ townships }: Views, { denominator }: Filter): Order {
    const possible = ORDERS.filter((each) => each !== "rate" || (townships.populated > 0 && denominator === "population"));
    const kept = possible.find((each) => each === this.order.value) ?? "count";
    this.order.replaceChildren(...possible.map((each) => element("option", { value: each }, message(`views.townships.${each}`))));
    this.order.value = kept;
    return kept;
  }
}

/** The highest first; those without a value last. */
function ranked(rows: readonly TownshipRow[], order: Order): TownshipRow[] {
  const value = (row: TownshipRow) => row[order] ?? Number.NEGATIVE_INFINITY;
  return [...rows].sort((a, b) => value(b) - value(a) || (a.code < b.code ? -1 : 1));
}
