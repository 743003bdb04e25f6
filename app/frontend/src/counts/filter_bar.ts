// The bar above the map: what the map follows, the window of time, and what is on, each removable.
import { element } from "../dom";
import { message } from "../messages";
import type { Options } from "./api";
import { chipsOf, dayBefore, shiftDay } from "./describing";
import { type Filter, LISTS, NO_FILTER, PERIODS } from "./filter";
import { PRESETS, presetWindow } from "./presets";

export interface FilterBarHost {
  change(filter: Filter): void;
  choose(counting: boolean): void;
  toggleDrawer(): void;
}

export class FilterBar {
  readonly drawerButton: HTMLButtonElement;
  private readonly modes: HTMLButtonElement[];
  private readonly from: HTMLInputElement;
  private readonly to: HTMLInputElement;
  private readonly period: HTMLSelectElement;
  private readonly chips = element("ul", { class: "filter-chips", id: "filter-chips" });
  private readonly fault = element("span", { class: "filter-fault", role: "alert" });
  private filter: Filter = NO_FILTER;
  private options: Options | null = null;

  constructor(
    container: HTMLElement,
    private readonly host: FilterBarHost,
  ) {
    this.modes = [false, true].map((counting) => this.modeButton(counting));
    this.drawerButton = element("button", { type: "button", class: "map-button", id: "filter-open", "aria-expanded": "false", "aria-controls": "filter-drawer" }, message("filter.open"));
    this.drawerButton.addEventListener("click", () => host.toggleDrawer());
    this.from = element("input", { type: "date", id: "filter-from" });
    this.to = element("input", { type: "date", id: "filter-to" });
    for (const input of [this.from, this.to]) input.addEventListener("change", () => this.chooseDays());
    this.period = element("select", { id: "filter-period" }, ...PERIODS.map((each) => element("option", { value: each }, message(`period.${each}`))));
    this.period.addEventListener("change", () => {
      const period = PERIODS.find((each) => each === this.period.value) ?? NO_FILTER.period;
      this.host.change({ ...this.filter, period, periods: [] });
    });
    const modes = element("div", { class: "mode-switch", role: "group", "aria-label": message("mode.title") }, ...this.modes);
    container.append(element("div", { class: "filter-row" }, modes, this.drawerButton, this.range(), this.presets()), element("div", { class: "filter-row" }, this.chips, this.fault));
  }

  show(filter: Filter, options: Options | null, counting: boolean): void {
    [this.filter, this.options] = [filter, options];
    this.modes.forEach((button, i) => button.setAttribute("aria-pressed", String(counting === Boolean(i))));
    this.from.value = filter.from ?? options?.from ?? "";
    const end = filter.to ?? options?.to;
    this.to.value = end ? dayBefore(end) : "";
    this.period.value = filter.period;
    this.fault.textContent = "";
    this.showChips();
    const on = LISTS.reduce((sum, name) => sum + filter[name].length, 0);
    this.drawerButton.textContent = on ? `${message("filter.open")} (${on})` : message("filter.open");
  }

  private showChips(): void {
    const chips = chipsOf(this.filter, this.options).map(({ what, value, without, part }) => {
      const remove = element("button", { type: "button", "aria-label": message("filter.remove", { what, value }) }, "×");
      remove.addEventListener("click", () => this.removeChip(without));
      return element("li", { "data-part": part }, element("span", {}, element("small", {}, what), value), remove);
    });
    if (!chips.length) return this.chips.replaceChildren(element("li", { class: "is-none" }, message("filter.none")));
    const clear = element("button", { type: "button", class: "filter-clear", id: "filter-clear" }, message("filter.clear"));
    clear.addEventListener("click", () => this.removeChip({ ...NO_FILTER, period: this.filter.period, monthStart: this.filter.monthStart }));
    this.chips.replaceChildren(...chips, element("li", { class: "is-clear" }, clear));
  }

  /** The chip goes with its button: the focus stays in the bar. */
  private removeChip(filter: Filter): void {
    this.host.change(filter);
    this.drawerButton.focus();
  }

  private modeButton(counting: boolean): HTMLButtonElement {
    const name = counting ? "counts" : "run";
    const button = element("button", { type: "button", id: `mode-${name}`, class: "map-button" }, message(`mode.${name}`));
    button.addEventListener("click", () => this.host.choose(counting));
    return button;
  }

  private range(): HTMLElement {
    const label = (input: HTMLElement, text: string) => element("label", {}, element("span", {}, text), input);
    return element(
      "div",
      { class: "filter-range" },
      label(this.from, message("range.from")),
      label(this.to, message("range.to")),
      label(this.period, message("range.period")),
    );
  }

  private presets(): HTMLElement {
    const buttons = PRESETS.map((preset) => {
      const button = element("button", { type: "button", class: "filter-preset", "data-preset": preset }, message(`range.${preset}`));
      button.addEventListener("click", () => {
        const end = this.options?.to;
        if (end) this.host.change({ ...this.filter, ...presetWindow(preset, end, this.filter.monthStart), periods: [] });
      });
      return button;
    });
    return element("div", { class: "filter-presets", role: "group", "aria-label": message("range.presets") }, ...buttons);
  }

  /** Days at the ends of the store are no condition: what comes in later counts as well. */
  private chooseDays(): void {
    const [from, last] = [this.from.value, this.to.value];
    const wrong = from && last && from > last;
    this.fault.textContent = wrong ? message("range.wrong") : "";
    if (wrong) return;
    const to = last ? shiftDay(last, 1) : null;
    const open = { from: from && from !== this.options?.from ? from : null, to: to !== this.options?.to ? to : null };
    this.host.change({ ...this.filter, ...open, periods: [] });
  }
}
