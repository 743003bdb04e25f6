// The exact definition of a layer, as the server words it for this run, in a dialog of its own.
import { element } from "../dom";
import { formatNumber } from "../format";
import { message } from "../messages";
import { CATEGORIES, CATEGORY_COLOURS, categoryPattern } from "./palette";
import type { LayerName } from "./state";

/** One word that a layer uses: a kind of course, a rule. */
export interface DefinedTerm {
  key: string;
  name: string;
  text: string;
  /** how many of it the run has */
  count: number | null;
}

export interface Definition {
  title: string;
  text: string;
  /** null, tail, correction and the parameters of this run */
  facts: { label: string; value: string }[];
  terms: DefinedTerm[];
  notes: string[];
  /** why this run does not have the layer, where it does not */
  missing: string | null;
  /** a page where more is shown or changed */
  more: { label: string; value: string } | null;
  /** where the words are explained */
  help: string;
}

export type Definitions = Record<LayerName, Definition>;

/** The word for a kind of course over time. */
export function categoryName({ emerging }: Definitions, category: number): string {
  return emerging.terms.find(({ key }) => key === String(category))?.name ?? String(category);
}

export class DefinitionDialog {
  private readonly dialog: HTMLDialogElement;

  constructor(
    parent: HTMLElement,
    private readonly definitions: Definitions,
  ) {
    this.dialog = element("dialog", { id: "map-definition", class: "definition", "aria-labelledby": "definition-title" });
    // A click outside the text hits the dialog itself.
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.dialog.close();
    });
    parent.append(this.dialog);
  }

  /** Opens the definition of a layer, at one of its terms where one is named; the focus returns by itself. */
  open(layer: LayerName, term?: string): void {
    const definition = this.definitions[layer];
    this.dialog.replaceChildren(element("div", { class: "definition-text" }, ...this.content(definition)));
    this.dialog.dataset.layer = layer;
    this.dialog.showModal();
    this.dialog.scrollTop = 0;
    const wanted = term === undefined ? null : this.dialog.querySelector<HTMLElement>(`[data-term="${CSS.escape(term)}"]`);
    wanted?.classList.add("is-wanted");
    wanted?.scrollIntoView({ block: "center" });
  }

  private content({ title, text, facts, terms, notes, missing, more, help }: Definition): (HTMLElement | null)[] {
    const close = element("button", { type: "button", class: "panel-close", "aria-label": message("panel.close") }, "×");
    close.addEventListener("click", () => this.dialog.close());
    return [
      element("header", { class: "panel-head" }, element("h2", { id: "definition-title" }, title), close),
      element("p", {}, text),
      missing ? element("p", { class: "definition-missing" }, missing) : null,
      facts.length ? element("dl", { class: "definition-facts" }, ...facts.flatMap(factPair)) : null,
      terms.length ? element("dl", { class: "definition-terms" }, ...terms.map(termBlock)) : null,
      ...notes.map((note) => element("p", { class: "definition-note" }, note)),
      more ? element("p", {}, element("a", { class: "btn btn-sm", href: more.value }, more.label)) : null,
      element("p", {}, element("a", { href: help }, message("definition.help"))),
    ];
  }
}

function factPair({ label, value }: Definition["facts"][number]): HTMLElement[] {
  return [element("dt", {}, label), element("dd", {}, value)];
}

function termBlock({ key, name, text, count }: DefinedTerm): HTMLElement {
  const category = CATEGORIES.find((candidate) => String(candidate) === key);
  const mark = category === undefined ? null : swatch(CATEGORY_COLOURS[category], categoryPattern(category));
  const number = count === null ? null : element("small", {}, ` ${formatNumber(count)}`);
  return element("div", { "data-term": key }, element("dt", {}, mark, name, number), element("dd", {}, text));
}

/** A square in a colour of the map, with its pattern. */
export function swatch(colour: string, pattern: string): HTMLElement {
  const box = element("span", { class: `legend-swatch is-${pattern}` });
  box.style.setProperty("--swatch", colour);
  return box;
}
