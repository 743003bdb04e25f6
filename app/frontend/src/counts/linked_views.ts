// The views beside the map. Choosing in one narrows all others; in its own the chosen stands out among the rest.
import { element } from "../dom";
import { formatTold } from "../format";
import { message } from "../messages";
import type { Asker } from "./answers";
import type { Options, Views } from "./api";
import { ClassView } from "./class_view";
import { CurveView } from "./curve_view";
import { chipsOf } from "./describing";
import { type Filter, type Part, questionOf, without } from "./filter";
import { HourView } from "./hour_view";
import { TownshipView } from "./township_view";

interface LinkedView {
  box: { section: HTMLElement };
  show(views: Views, filter: Filter): void;
}

export class LinkedViews {
  readonly content: HTMLElement;
  private readonly head = element("div", { class: "views-head" });
  private readonly state = element("div", { class: "views-state" });
  private readonly body: HTMLElement;
  /** each with the part of the filter that is its own, which its question leaves open */
  private readonly views: { view: LinkedView; own: Part }[];

  constructor(
    private readonly asker: Asker<Views>,
    private readonly change: (filter: Filter) => void,
    current: () => Filter,
  ) {
    const changePart = (changes: Partial<Filter>) => change({ ...current(), ...changes });
    this.views = [
      { view: new CurveView(changePart), own: "periods" },
      { view: new ClassView(changePart), own: "class" },
      { view: new TownshipView(changePart), own: "township" },
      { view: new HourView(changePart), own: "hours" },
    ];
    this.body = element("div", { class: "views" }, ...this.views.map(({ view }) => view.box.section));
    this.content = element("div", { class: "counted" }, this.head, this.state, this.body);
  }

  /** What has to be asked to show a filter. */
  questions(filter: Filter): string[] {
    return [questionOf(filter), ...this.views.map(({ own }) => questionOf(without(filter, own)))];
  }

  async show(filter: Filter, options: Options | null): Promise<void> {
    const drawn = this.views.map(async ({ view, own }) => view.show(await this.asker.ask(questionOf(without(filter, own))), filter));
    const headed = this.asker.ask(questionOf(filter)).then((told) => {
      this.showHead(told, filter);
      this.showEmptiness(told, filter, options);
    });
    await Promise.all([headed, ...drawn]);
  }

  showBusy(): void {
    this.content.setAttribute("aria-busy", "true");
  }

  showDone(): void {
    this.content.setAttribute("aria-busy", "false");
  }

  showFailure(reason: string, retry: () => void): void {
    const again = element("button", { type: "button", class: "btn btn-sm" }, message("views.retry"));
    again.addEventListener("click", retry);
    this.state.replaceChildren(element("div", { class: "views-fault", role: "alert" }, element("p", {}, message("views.failed", { reason })), again));
    this.showDone();
  }

  private showHead({ total }: Views, filter: Filter): void {
    const unit = message(`unit.${filter.measure}`);
    const parts = { all: total.all, located: total.located, unlocated: total.unlocated, township_only: total.township_only };
    const words = Object.fromEntries(Object.entries(parts).map(([name, value]) => [name, formatTold(value)]));
    this.head.replaceChildren(
      element("h2", {}, message("views.title")),
      element("p", { class: "views-total", id: "views-total", role: "status" }, message("views.total", { count: formatTold(total.count), unit })),
      element("p", { class: "view-note" }, message("views.parts", words)),
    );
  }

  private showEmptiness({ total }: Views, filter: Filter, options: Options | null): void {
    this.body.hidden = total.all === 0;
    if (total.all) return this.state.replaceChildren();
    const ways = chipsOf(filter, options).map(({ what, value, without: loosened }) => {
      const button = element("button", { type: "button", class: "btn btn-sm" }, `${what} ${value} ×`);
      button.addEventListener("click", () => this.change(loosened));
      return button;
    });
    const text = ways.length ? element("p", {}, message("views.empty.loosen")) : null;
    this.state.replaceChildren(element("div", { class: "views-empty" }, element("h3", {}, message("views.empty")), text, element("div", { class: "views-ways" }, ...ways)));
  }
}
