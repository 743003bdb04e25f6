// The cases behind a selection: paged, in a chosen order, each leading to its history.
import { element } from "../dom";
import { formatNumber } from "../format";
import { type MessageKey, message } from "../messages";
import { Refusal } from "../map/api";
import { isGivenUp } from "./answers";
import { type CasePage, fetchCases } from "./api";

const ORDERS = ["-received", "received", "class", "township", "status"] as const;
const SIZE = 10;
const FORBIDDEN = 403;

export class CaseTable {
  readonly section: HTMLElement;
  private readonly body = element("div", { class: "case-page" });
  private readonly order: HTMLSelectElement;
  private question = "";
  private page = 1;
  private asked: AbortController | null = null;

  constructor(private readonly mayRead: boolean) {
    this.order = element("select", { id: "case-order" }, ...ORDERS.map((each) => element("option", { value: each }, message(`card.cases.${each}` as MessageKey))));
    this.order.addEventListener("change", () => this.turn(1));
    const label = element("label", {}, element("span", {}, message("card.cases.sort")), this.order);
    const head = element("header", { class: "view-head" }, element("h3", {}, message("card.cases")), label);
    this.section = element("section", { class: "panel-section", id: "card-cases" }, head, this.body);
  }

  show(question: string): void {
    if (question === this.question) return;
    this.question = question;
    if (this.mayRead) this.turn(1);
    else this.tellForbidden();
  }

  giveUp(): void {
    this.asked?.abort();
    this.question = "";
  }

  private turn(page: number): void {
    this.page = page;
    void this.load();
  }

  private async load(): Promise<void> {
    this.asked?.abort();
    const asked = new AbortController();
    this.asked = asked;
    this.body.setAttribute("aria-busy", "true");
    try {
      const found = await fetchCases(this.question, { page: this.page, size: SIZE, sort: this.order.value }, asked.signal);
      this.render(found);
    } catch (error) {
      if (isGivenUp(error)) return;
      if (!(error instanceof Error)) throw error;
      this.tell(error);
    }
    this.body.setAttribute("aria-busy", "false");
  }

  private tell(error: Error): void {
    if (error instanceof Refusal && error.status === FORBIDDEN) return this.tellForbidden();
    this.body.replaceChildren(element("p", { class: "panel-error", role: "status" }, message("views.failed", { reason: error.message })));
  }

  private tellForbidden(): void {
    this.order.disabled = true;
    this.body.replaceChildren(element("p", { class: "view-note", role: "status" }, message("card.cases.forbidden")));
  }

  private render(found: CasePage): void {
    const rows = found.rows.map(({ case_id: id, received, class_1, class_2, title, address, township_name, status, url }) => {
      const about = [received, [class_1, class_2].filter(Boolean).join(" / "), address ?? township_name, status].filter(Boolean).join(" · ");
      const link = element("a", { href: url, "aria-label": message("card.cases.open", { id }) }, title || class_1 || id);
      return element("li", {}, element("div", { class: "case-title" }, link), element("div", { class: "case-meta" }, about));
    });
    const numbers = { page: formatNumber(found.page), pages: formatNumber(found.pages) };
    const turn = (key: MessageKey, to: number) => {
      const button = element("button", { type: "button", class: "btn btn-sm", disabled: to < 1 || to > found.pages }, message(key));
      button.addEventListener("click", () => this.turn(to));
      return button;
    };
    const pager = element("div", { class: "case-pager" }, turn("card.cases.before", found.page - 1), element("span", { role: "status" }, message("card.cases.page", numbers)), turn("card.cases.after", found.page + 1));
    this.body.replaceChildren(element("ol", { class: "panel-cases" }, ...rows), pager);
  }
}
