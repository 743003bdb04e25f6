// Testing anew by the filter: what will be asked, how far it is, and the run that comes of it.
import { element } from "../dom";
import { type MessageKey, message } from "../messages";
import { addresses, readJson, sendForm } from "../map/api";
import type { Options } from "./api";
import { valueName, windowText } from "./describing";
import type { Filter } from "./filter";

const POLL_MS = 1000;

interface JobState {
  state: "waiting" | "running" | "done" | "failed" | "cancelled";
  done: number;
  total: number | null;
  message: string;
  result_url: string | null;
}

export class Rerun {
  private readonly dialog: HTMLDialogElement;
  private readonly body = element("div", { class: "rerun-body" });
  private readonly notice: HTMLElement;
  private timer = 0;

  constructor(
    parent: HTMLElement,
    private readonly token: string,
    /** of the run that is shown: a run has one size, though the cells of the filter may follow the zoom */
    private readonly resolution: number,
    private readonly replace: (run: string) => void,
  ) {
    const close = element("button", { type: "button", class: "panel-close", "aria-label": message("panel.close") }, "×");
    close.addEventListener("click", () => this.dialog.close());
    const head = element("header", { class: "panel-head" }, element("h2", { id: "rerun-title" }, message("rerun.title")), close);
    this.dialog = element("dialog", { id: "rerun", class: "definition", "aria-labelledby": "rerun-title" });
    this.dialog.append(element("div", { class: "definition-text" }, head, this.body));
    // Whoever goes on working while it runs is told here.
    this.notice = element("div", { class: "rerun-notice", role: "status", hidden: true });
    this.dialog.addEventListener("close", () => (this.notice.hidden = this.notice.childElementCount === 0));
    parent.append(this.dialog, this.notice);
  }

  open(filter: Filter, options: Options | null): void {
    if (!this.timer) this.offer(filter, options);
    this.notice.hidden = true;
    this.dialog.showModal();
  }

  private offer(filter: Filter, options: Options | null): void {
    const classes = firstLevels(filter);
    const facts = [
      [message("rerun.window"), windowText(filter, options)],
      [message("rerun.classes"), classes.map((path) => valueName("class", path, options)).join("、") || message("rerun.allClasses")],
      [message("filter.measure"), message(`measure.${filter.measure}`)],
      [message("filter.resolution"), message(`resolution.${this.sizeOf(filter)}` as MessageKey)],
    ].flatMap(([label, value]) => [element("dt", {}, label), element("dd", {}, value)]);
    const start = element("button", { type: "button", class: "btn btn-primary", id: "rerun-start" }, message("rerun.start"));
    start.addEventListener("click", () => void this.start(filter, options));
    const form = element("a", { class: "btn", href: formAddress(filter) }, message("rerun.form"));
    this.body.replaceChildren(element("p", {}, message("rerun.about")), element("dl", { class: "definition-facts" }, ...facts), element("p", { class: "panel-actions" }, start, form));
  }

  private sizeOf({ resolution }: Filter): number {
    return resolution === "zoom" ? this.resolution : resolution;
  }

  private async start(filter: Filter, options: Options | null): Promise<void> {
    const form = new URLSearchParams({
      csrf_token: this.token,
      start: filter.from ?? options?.from ?? "",
      end: filter.to ?? options?.to ?? "",
      period: "month",
      resolution: String(this.sizeOf(filter)),
      measure: filter.measure,
    });
    for (const name of firstLevels(filter)) form.append("classes", name);
    this.show(message("rerun.waiting"), null);
    try {
      const { job } = await sendForm<{ job: string }>(addresses.analyse, form);
      this.timer = window.setInterval(() => void this.follow(job), POLL_MS);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.end(element("p", { class: "panel-error", role: "alert" }, message("rerun.failed", { reason: error.message })));
    }
  }

  private async follow(job: string): Promise<void> {
    const told = await readJson<JobState>(`/jobs/${job}`).catch(() => null);
    // A server that does not answer once is asked again.
    if (!told) return;
    if (told.state === "waiting") return this.show(message("rerun.waiting"), null);
    if (told.state === "running") return this.show(told.message, told.total ? told.done / told.total : null);
    if (told.state !== "done") return this.end(element("p", { class: "panel-error", role: "alert" }, message("rerun.failed", { reason: told.message })));
    const run = new URL(told.result_url ?? "", location.href).searchParams.get("run");
    const replace = element("button", { type: "button", class: "btn btn-primary", id: "rerun-replace" }, message("rerun.replace"));
    replace.addEventListener("click", () => run && this.replace(run));
    this.end(element("p", {}, message("rerun.done")), replace);
  }

  private show(line: string, share: number | null): void {
    const progress = element("progress", { max: 1, value: share, "aria-label": message("rerun.title") });
    const hide = element("button", { type: "button", class: "btn" }, message("rerun.hide"));
    hide.addEventListener("click", () => this.dialog.close());
    this.body.replaceChildren(element("p", { role: "status" }, line), progress, element("p", { class: "panel-actions" }, hide));
  }

  /** In the dialog while that is open, else where it does not stand in the way. */
  private end(...content: HTMLElement[]): void {
    window.clearInterval(this.timer);
    this.timer = 0;
    if (this.dialog.open) this.body.replaceChildren(...content);
    else {
      this.notice.replaceChildren(...content);
      this.notice.hidden = false;
    }
  }
}

/** An analysis takes classes of the first level. */
function firstLevels(filter: Filter): string[] {
  return [...new Set(filter.class.map((path) => path.split("/")[0] as string))];
}

function formAddress({ from, to, measure, ...filter }: Filter): string {
  const query = new URLSearchParams({ ...(from ? { from } : {}), ...(to ? { to } : {}), measure });
  for (const path of filter.class) query.append("class", path);
  return `${addresses.analyse}?${query}`;
}
