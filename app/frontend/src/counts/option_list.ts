// One part of the filter as a list of boxes: the most frequent first, searchable, long ones cut off.
import { element } from "../dom";
import { formatNumber, formatTold } from "../format";
import { message } from "../messages";

/** Items shown before somebody asks for all. */
const FIRST = 6;
/** Lists longer than this can be searched. */
const SEARCHED = 12;

/** A value that can be chosen, with what lies below it. */
export interface Item {
  value: string;
  name: string;
  count: number;
  children: readonly Item[];
}

export class OptionList {
  readonly element: HTMLDetailsElement;
  private readonly list = element("ul", { class: "option-list" });
  private readonly search: HTMLInputElement;
  private readonly summary: HTMLElement;
  private items: readonly Item[] = [];
  private chosen: ReadonlySet<string> = new Set();
  private whole = false;
  private readonly unfolded = new Set<string>();

  constructor(
    name: string,
    private readonly title: string,
    private readonly pick: (value: string, on: boolean) => void,
  ) {
    this.search = element("input", { type: "search", class: "option-search", "aria-label": message("filter.search", { what: title }), placeholder: message("filter.search", { what: title }) });
    this.search.addEventListener("input", () => this.render());
    this.summary = element("summary", {}, title);
    this.element = element("details", { class: "option-part", "data-part": name }, this.summary, this.search, this.list);
  }

  show(items: readonly Item[], chosen: readonly string[]): void {
    this.items = items;
    this.chosen = new Set(chosen);
    this.search.hidden = countItems(items) <= SEARCHED;
    this.summary.replaceChildren(this.title, chosen.length ? element("b", {}, ` ${formatNumber(chosen.length)}`) : "");
    if (chosen.length) this.element.open = true;
    this.render();
  }

  private render(): void {
    const focused = this.list.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset.value : undefined;
    const wanted = this.search.value.trim().toLowerCase();
    const found = wanted ? this.items.flatMap((item) => matching(item, wanted)) : this.items;
    const shown = this.whole || wanted ? found : found.filter((item, i) => i < FIRST || this.holdsChosen(item));
    const rows = shown.map((item) => this.row(item, wanted));
    if (!rows.length) rows.push(element("li", { class: "is-none" }, message("filter.nothing")));
    if (shown.length < found.length) rows.push(this.moreRow(found.length));
    this.list.replaceChildren(...rows);
    if (focused) this.list.querySelector<HTMLElement>(`[data-value="${CSS.escape(focused)}"]`)?.focus();
  }

  private row(item: Item, wanted: string): HTMLElement {
    const box = element("input", { type: "checkbox", "data-value": item.value });
    box.checked = this.chosen.has(item.value);
    box.addEventListener("change", () => this.pick(item.value, box.checked));
    const label = element("label", {}, box, element("span", {}, item.name), element("small", {}, formatTold(item.count)));
    if (!item.children.length) return element("li", {}, label);
    const foundBelow = wanted !== "" && !item.name.toLowerCase().includes(wanted);
    const open = foundBelow || this.unfolded.has(item.value) || item.children.some((child) => this.holdsChosen(child));
    const fold = element("button", { type: "button", class: "option-fold", "data-value": `fold ${item.value}`, "aria-expanded": String(open), "aria-label": message("filter.unfold", { name: item.name }) });
    fold.addEventListener("click", () => {
      if (!this.unfolded.delete(item.value)) this.unfolded.add(item.value);
      this.render();
    });
    const below = open ? element("ul", {}, ...item.children.map((child) => this.row(child, wanted))) : null;
    return element("li", {}, element("div", { class: "option-row" }, fold, label), below);
  }

  private moreRow(count: number): HTMLElement {
    const more = element("button", { type: "button", class: "option-more" }, message("filter.more", { count: formatNumber(count) }));
    more.addEventListener("click", () => {
      this.whole = true;
      this.render();
      this.list.querySelectorAll<HTMLInputElement>(":scope > li input")[FIRST]?.focus();
    });
    return element("li", {}, more);
  }

  private holdsChosen(item: Item): boolean {
    return this.chosen.has(item.value) || item.children.some((child) => this.holdsChosen(child));
  }
}

/** The item with what below it has the wanted text in its name; whole where its own name has it. */
function matching(item: Item, wanted: string): Item[] {
  if (item.name.toLowerCase().includes(wanted)) return [item];
  const children = item.children.flatMap((child) => matching(child, wanted));
  return children.length ? [{ ...item, children }] : [];
}

function countItems(items: readonly Item[]): number {
  return items.reduce((sum, { children }) => sum + 1 + countItems(children), 0);
}
