// Classes as bars, one level at a time; a class leads to those below it.
import { CHOSEN, PALE, PLAIN } from "../chart/tones";
import { element } from "../dom";
import { formatTold } from "../format";
import { message } from "../messages";
import type { ClassNode, Views } from "./api";
import { ChartBox } from "./chart_box";
import { valueName } from "./describing";
import { type Filter, toggled } from "./filter";

const SHOWN = 12;

export class ClassView {
  readonly box: ChartBox;
  /** path of the class whose children are shown; null at the top */
  private inside: string | null = null;
  private views: Views | null = null;
  private filter: Filter | null = null;
  private nodes: readonly ClassNode[] = [];

  constructor(change: (changes: Partial<Filter>) => void) {
    const pick = (index: number, add: boolean) => {
      const node = this.nodes[index];
      if (node && this.filter) change({ class: toggled(this.filter.class, node.path, add) });
    };
    this.box = new ChartBox("classes", message("views.classes"), pick, () => change({ class: [] }));
  }

  show(views: Views, filter: Filter): void {
    [this.views, this.filter] = [views, filter];
    const at = this.inside === null ? undefined : findNode(views.classes, this.inside);
    if (!at) this.inside = null;
    this.nodes = (at?.children ?? views.classes).slice(0, SHOWN);
    this.showPaths(filter);
    const unit = message(`unit.${filter.measure}`);
    const isChosen = ({ path }: ClassNode) => filter.class.includes(path);
    const some = this.nodes.some(isChosen);
    const bars = this.nodes.map((node) => ({ name: nameOf(node), value: Math.max(0, node.count), colour: isChosen(node) ? CHOSEN : some ? PALE : PLAIN }));
    this.box.show({
      option: (charts) => charts.barsOption({ rows: bars, unit, picks: true }),
      height: `${bars.length * 24 + 12}px`,
      columns: [unit],
      rows: this.nodes.map((node) => ({ name: nameOf(node), figures: [formatTold(node.count)], chosen: isChosen(node) })),
    });
  }

  /** The way up, and the ways down from what is shown. */
  private showPaths(filter: Filter): void {
    const tools: HTMLElement[] = [];
    const enter = (path: string | null) => () => {
      this.inside = path;
      if (this.views) this.show(this.views, filter);
      this.box.tools.querySelector<HTMLElement>("button, select")?.focus();
    };
    if (this.inside !== null) {
      const up = element("button", { type: "button", class: "view-up" }, `‹ ${message("views.classes.up")}`);
      up.addEventListener("click", enter(parentOf(this.inside)));
      tools.push(up, element("span", {}, valueName("class", this.inside, null)));
    }
    const below = this.nodes.filter(({ children }) => children.length);
    // What was just chosen is what one wants to look into.
    for (const node of below.filter(({ path }) => filter.class.includes(path))) {
      const into = element("button", { type: "button", class: "view-into" }, `${message("views.classes.into", { name: nameOf(node) })} ›`);
      into.addEventListener("click", enter(node.path));
      tools.push(into);
    }
    if (below.length) tools.push(insideChooser(below, (path) => enter(path)()));
    this.box.tools.replaceChildren(...tools);
  }
}

function insideChooser(nodes: readonly ClassNode[], choose: (path: string) => void): HTMLElement {
  const options = nodes.map((node) => element("option", { value: node.path }, nameOf(node)));
  const select = element("select", {}, element("option", { value: "" }, "…"), ...options);
  select.addEventListener("change", () => {
    if (select.value) choose(select.value);
  });
  return element("label", {}, element("span", {}, message("views.classes.inside")), select);
}

function nameOf({ name, path }: ClassNode): string {
  return name ?? (path.includes("/") ? message("filter.unnamed") : message("filter.noValue", { what: message("filter.class") }));
}

function parentOf(path: string): string | null {
  const cut = path.lastIndexOf("/");
  return cut < 0 ? null : path.slice(0, cut);
}

function findNode(nodes: readonly ClassNode[], path: string): ClassNode | undefined {
  for (const node of nodes) {
    if (node.path === path) return node;
    const found = path.startsWith(`${node.path}/`) ? findNode(node.children, path) : undefined;
    if (found) return found;
  }
  return undefined;
}
