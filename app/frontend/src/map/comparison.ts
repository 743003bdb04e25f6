// The page of a comparison: the difference on one map or both periods on two, and what is known of a cell.
import type { FeatureCollection } from "geojson";
import { latLngToCell } from "h3-js";
import type { MapMouseEvent } from "maplibre-gl";
import { element } from "../dom";
import { formatNumber } from "../format";
import { message, type MessageKey } from "../messages";
import { tellReady } from "../ready";
import type { Detail } from "./api";
import { type Changes, indexOfCell } from "./cells_payload";
import { changeColour, type ComparisonMeta, countColour, renderComparisonLegend } from "./comparison_legend";
import { type ComparisonState, formatComparison, SHOWN, type Shown } from "./comparison_state";
import { buildHexagons, cellCentre, type HexagonMesh } from "./hexagons";
import { HoverBox } from "./hover";
import { CellMap, linkMovement } from "./linked_maps";
import { numbersList } from "./panel_parts";
import type { View } from "./state";

const CHOSEN_ZOOM = 12;
/** Wait before the address follows a movement of the map, in milliseconds. */
const ADDRESS_DELAY = 200;

/** What is known of one cell, in the page's language. */
export type CellDetail = Pick<Detail, "title" | "sentence" | "numbers">;

export interface ComparisonData {
  meta: ComparisonMeta;
  changes: Changes;
  townships: FeatureCollection;
  unit: string;
  fetchCell(name: string, signal: AbortSignal): Promise<CellDetail>;
}

/** The page's parts, in the page or made by it. */
export interface ComparisonFrame {
  root: HTMLElement;
  views: HTMLElement;
  first: HTMLElement;
  second: HTMLElement;
  legend: HTMLElement;
  panel: HTMLElement;
}

export class Comparison {
  private readonly mesh: HexagonMesh;
  private readonly first: CellMap;
  private second: CellMap | null = null;
  private asked: AbortController | null = null;
  private addressTimer = 0;

  constructor(
    private readonly frame: ComparisonFrame,
    private readonly data: ComparisonData,
    private state: ComparisonState,
  ) {
    this.mesh = buildHexagons(data.changes.ids);
    this.first = this.makeMap(frame.first, state.view);
    this.first.map.once("idle", tellReady);
    this.renderSwitch();
    this.show(state.shown);
    this.choose(state.cell, { move: state.view === null });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.state.cell) this.choose(null, { move: false });
    });
  }

  /** Shows the numbers of a cell, and on request brings it into sight. */
  choose(cell: string | null, { move }: { move: boolean }): void {
    const known = cell !== null && this.indexOf(cell) >= 0 ? cell : null;
    this.state = { ...this.state, cell: known };
    const id = known === null ? null : BigInt(`0x${known}`);
    for (const map of this.maps()) map.outline(id);
    if (move && id !== null) {
      const { map } = this.first;
      map.jumpTo({ center: cellCentre(id), zoom: Math.max(map.getZoom(), CHOSEN_ZOOM) });
    }
    void this.showCell(known);
    this.writeAddress();
  }

  private makeMap(figure: HTMLElement, view: View | null): CellMap {
    const container = figure.querySelector<HTMLElement>(".comparison-canvas") as HTMLElement;
    const { meta, changes, townships } = this.data;
    const made = new CellMap({ container, mesh: this.mesh, cells: changes.n, townships, bounds: meta.bounds, view });
    const hover = new HoverBox(container);
    made.map.on("click", ({ lngLat }) => this.choose(this.nameAt(lngLat), { move: false }));
    made.map.on("mousemove", (event) => this.showHover(hover, event));
    made.map.on("mouseout", () => hover.hide());
    made.map.on("movestart", () => hover.hide());
    made.map.on("moveend", () => this.keepView());
    made.map.getCanvas().addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.choose(this.nameAt(made.map.getCenter()), { move: false });
    });
    return made;
  }

  private maps(): CellMap[] {
    return this.second ? [this.first, this.second] : [this.first];
  }

  private show(shown: Shown): void {
    this.state = { ...this.state, shown };
    const { frame, data } = this;
    const sides = shown === "sides";
    frame.root.dataset.shown = shown;
    frame.second.hidden = !sides;
    if (sides && !this.second) {
      this.second = this.makeMap(frame.second, this.viewNow());
      linkMovement(this.first.map, this.second.map);
      this.second.outline(this.state.cell ? BigInt(`0x${this.state.cell}`) : null);
    }
    const { changes, meta } = data;
    this.first.paint((i) => (sides ? countColour(meta, changes.before[i] as number, meta.with_days) : changeColour(changes, i)));
    this.second?.paint((i) => countColour(meta, changes.after[i] as number, meta.days));
    this.name(frame.first, sides ? meta.labels.with : message("comparison.change"), sides ? meta.labels.with : null);
    this.name(frame.second, meta.labels.this, meta.labels.this);
    renderComparisonLegend(frame.legend, shown, meta, data.unit);
    for (const { map } of this.maps()) map.resize();
    for (const button of frame.views.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.value === shown));
    }
    this.writeAddress();
  }

  private name(figure: HTMLElement, caption: string, period: string | null): void {
    const label = period ? message("comparison.map.period", { label: period }) : message("comparison.map.change");
    (figure.querySelector("figcaption") as HTMLElement).textContent = caption;
    figure.querySelector("canvas")?.setAttribute("aria-label", label);
  }

  private renderSwitch(): void {
    const buttons = SHOWN.map((shown) => {
      const button = element("button", { type: "button", class: "map-button", value: shown }, message(`comparison.${shown}`));
      button.addEventListener("click", () => this.show(shown));
      return button;
    });
    this.frame.views.setAttribute("aria-label", message("comparison.view"));
    this.frame.views.replaceChildren(...buttons);
  }

  private async showCell(cell: string | null): Promise<void> {
    this.asked?.abort();
    const { panel } = this.frame;
    if (!cell) return panel.replaceChildren(element("p", { class: "text-secondary" }, message("comparison.hint")));
    const asked = new AbortController();
    this.asked = asked;
    panel.setAttribute("aria-busy", "true");
    try {
      const detail = await this.data.fetchCell(cell, asked.signal);
      panel.replaceChildren(
        element("h3", {}, detail.title),
        element("p", { class: "panel-why" }, detail.sentence),
        numbersList(detail.numbers),
      );
      panel.dataset.cell = cell;
    } catch (error) {
      if (asked.signal.aborted) return;
      const reason = error instanceof Error ? error.message : String(error);
      panel.replaceChildren(element("p", { class: "panel-error" }, message("error.detail", { reason })));
    }
    panel.setAttribute("aria-busy", "false");
  }

  private nameAt({ lat, lng }: { lat: number; lng: number }): string | null {
    const name = latLngToCell(lat, lng, this.data.changes.resolution);
    return this.indexOf(name) >= 0 ? name : null;
  }

  private indexOf(name: string): number {
    return indexOfCell(this.data.changes.ids, BigInt(`0x${name}`));
  }

  private showHover(hover: HoverBox, event: MapMouseEvent): void {
    const name = this.nameAt(event.lngLat);
    if (!name) return hover.hide();
    hover.show(event.point, this.linesOf(this.indexOf(name)));
  }

  private linesOf(index: number): string[] {
    const { changes, meta } = this.data;
    const line = (label: string, count: number | undefined) =>
      message("comparison.hover.counts", { label, count: `${formatNumber(count)} ${this.data.unit}` });
    const ratio = changes.ratio[index] as number;
    const change = Number.isNaN(ratio)
      ? []
      : [Number.isFinite(ratio) ? message("comparison.hover.ratio", { ratio: formatNumber(ratio, 2) }) : message("comparison.hover.new")];
    return [
      message(`change.${changes.level[index]}` as MessageKey),
      line(meta.labels.this, changes.after[index]),
      line(meta.labels.with, changes.before[index]),
      ...change,
    ];
  }

  private viewNow(): View {
    const { lng, lat } = this.first.map.getCenter();
    return { zoom: this.first.map.getZoom(), lat, lng };
  }

  private keepView(): void {
    this.state = { ...this.state, view: this.viewNow() };
    this.writeAddress();
  }

  private writeAddress(): void {
    window.clearTimeout(this.addressTimer);
    this.addressTimer = window.setTimeout(() => {
      history.replaceState(null, "", `${location.pathname}${formatComparison(this.state)}${location.hash}`);
    }, ADDRESS_DELAY);
  }
}
