// The panel of the filter: beside the map on a desk, over the page on a phone.
import { element } from "../dom";
import { type MessageKey, message } from "../messages";
import type { ClassNode, Offered, Options } from "./api";
import { valueName } from "./describing";
import { ATTRIBUTIONS, DENOMINATORS, type Filter, MEASURES, NO_FILTER, RESOLUTIONS } from "./filter";
import { type Item, OptionList } from "./option_list";

const PLAIN = ["channel", "kind", "handler", "status"] as const;
const CHOICES = { measure: MEASURES, denominator: DENOMINATORS, attribution: ATTRIBUTIONS, resolution: RESOLUTIONS } as const;
type ChoiceName = keyof typeof CHOICES;

export class FilterDrawer {
  readonly element: HTMLElement;
  private readonly lists: Record<"class" | "area" | (typeof PLAIN)[number], OptionList>;
  private readonly selects: Record<ChoiceName, HTMLSelectElement>;
  private readonly monthStart: HTMLInputElement;
  private filter: Filter = NO_FILTER;
  private options: Options | null = null;

  constructor(
    private readonly change: (filter: Filter) => void,
    private readonly close: () => void,
  ) {
    const listOf = (name: (typeof PLAIN)[number] | "class") =>
      new OptionList(name, message(`filter.${name}`), (value, on) => this.change({ ...this.filter, [name]: kept(this.filter[name], value, on) }));
    this.lists = {
      class: listOf("class"),
      area: new OptionList("area", message("filter.area"), (value, on) => this.pickArea(value, on)),
      channel: listOf("channel"),
      kind: listOf("kind"),
      handler: listOf("handler"),
      status: listOf("status"),
    };
    this.selects = {
      measure: this.select("measure"),
      denominator: this.select("denominator"),
      attribution: this.select("attribution"),
      resolution: this.select("resolution"),
    };
    this.monthStart = element("input", { type: "number", min: 1, max: 28, id: "filter-month-start" });
    this.monthStart.addEventListener("change", () => {
      if (this.monthStart.reportValidity()) this.change({ ...this.filter, monthStart: Number(this.monthStart.value) || 1, periods: [] });
    });
    this.element = this.build();
  }

  show(filter: Filter, options: Options | null): void {
    [this.filter, this.options] = [filter, options];
    for (const name of Object.keys(CHOICES) as ChoiceName[]) this.selects[name].value = String(filter[name]);
    this.monthStart.value = String(filter.monthStart);
    this.element.setAttribute("aria-busy", String(!options));
    if (!options) return;
    this.lists.class.show(options.class.map(classItem), filter.class);
    this.lists.area.show(this.areas(options), [...filter.district.map(districtKey), ...filter.township]);
    for (const name of PLAIN) this.lists[name].show(options[name].map((each) => this.plainItem(name, each)), filter[name]);
  }

  focus(): void {
    this.element.querySelector<HTMLElement>("select, input")?.focus();
  }

  private build(): HTMLElement {
    const close = element("button", { type: "button", class: "panel-close", "aria-label": message("filter.close") }, "×");
    close.addEventListener("click", () => this.close());
    const fields = (Object.keys(CHOICES) as ChoiceName[]).map((name) => field(message(`filter.${name}`), this.selects[name]));
    const how = element("fieldset", { class: "filter-how" }, element("legend", {}, message("filter.how")), ...fields, field(message("filter.month_start"), this.monthStart));
    const { class: classes, area, channel, kind, handler, status } = this.lists;
    classes.element.open = true;
    const made = element(
      "section",
      { id: "filter-drawer", class: "filter-drawer", "aria-labelledby": "filter-title", hidden: true },
      element("header", { class: "panel-head" }, element("h2", { id: "filter-title" }, message("filter.title")), close),
      how,
      ...[classes, area, channel, kind, handler, status].map((list) => list.element),
    );
    made.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close();
    });
    return made;
  }

  private select(name: ChoiceName): HTMLSelectElement {
    const options = CHOICES[name].map((each) => element("option", { value: each }, message(`${name}.${each}` as MessageKey)));
    const made = element("select", { id: `filter-${name}` }, ...options);
    made.addEventListener("change", () => {
      const value = CHOICES[name].find((each) => String(each) === made.value);
      this.change({ ...this.filter, [name]: value });
    });
    return made;
  }

  private areas({ district, township }: Options): Item[] {
    const below = (code: string | null) =>
      township.filter((each) => (each.district ?? null) === code && each.name).map((each) => this.plainItem("township", each));
    return district.map((each) => ({ ...this.plainItem("district", each), value: districtKey(each.value), children: below(each.name ? each.value : null) }));
  }

  private pickArea(value: string, on: boolean): void {
    const code = districtOf(value);
    const part = code === null ? "township" : "district";
    this.change({ ...this.filter, [part]: kept(this.filter[part], code ?? value, on) });
  }

  private plainItem(name: (typeof PLAIN)[number] | "district" | "township", { value, count }: Offered): Item {
    return { value, count, name: valueName(name, value, this.options), children: [] };
  }
}

function field(title: string, input: HTMLElement): HTMLElement {
  return element("label", { class: "filter-field" }, element("span", {}, title), input);
}

function classItem({ name, path, count, children }: ClassNode): Item {
  const unnamed = path.includes("/") ? message("filter.unnamed") : message("filter.noValue", { what: message("filter.class") });
  return { value: path, count, name: name ?? unnamed, children: children.map(classItem) };
}

function kept(values: readonly string[], value: string, on: boolean): string[] {
  return on ? [...values, value] : values.filter((each) => each !== value);
}

/** A district among townships, in one list. */
const districtKey = (code: string) => `district ${code}`;
const districtOf = (key: string) => (key.startsWith("district ") ? key.slice("district ".length) : null);
