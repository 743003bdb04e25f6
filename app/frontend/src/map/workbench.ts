// The map page: keeps state, address, map, slider and panel saying the same thing.
import { latLngToCell } from "h3-js";
import type { Map as MapLibreMap, MapMouseEvent } from "maplibre-gl";
import { Counting, type CountingConfig } from "../counts/counting";
import type { Filter } from "../counts/filter";
import { element } from "../dom";
import { tellReady } from "../ready";
import { fetchDetail, type RunData } from "./api";
import { makeBaseMap } from "./base_map";
import { indexOfCell, valueAt } from "./cells_payload";
import { categoryName, DefinitionDialog, type Definitions } from "./definitions";
import { type Frame, nextLayers, renderLayerSwitch } from "./frame";
import { HoverBox } from "./hover";
import { cellLines, placeLines } from "./hover_lines";
import { renderLegend } from "./legend";
import { addAreas, addMarks, classTownships, CLICKABLE, outline, showClustersAt, showLayer, showPoints } from "./overlays";
import { categoryTable, levelTable, NOT_TESTED } from "./palette";
import { Panel } from "./panel";
import { Places } from "./places";
import { CellSizes, sizeAt, type SizedCells } from "./sizes";
import { COUNTED, formatState, isCounting, type LayerName, LAYERS, parseState, type Selected, type State, type View } from "./state";
import { Timeline } from "./timeline";
import { classesAt, measureTownships } from "./township_classes";

const COLOURS = levelTable();
const CATEGORY_COLOURS = categoryTable();
/** Zoom at which a chosen place is shown with its surroundings. */
const SELECTED_ZOOM = 12;
/** Wait before the address follows a movement of the map, in milliseconds. */
const ADDRESS_DELAY = 200;
/** Wait before the panel follows the slider: while it is dragged only the map keeps up, in milliseconds. */
const PANEL_DELAY = 150;

export class Workbench {
  readonly map: MapLibreMap;
  private readonly sizes: CellSizes;
  private shown: SizedCells;
  private readonly timeline: Timeline;
  private readonly panel: Panel;
  private readonly hover: HoverBox;
  private readonly places: Places;
  private readonly dialog: DefinitionDialog;
  private readonly counting: Counting;
  private readonly runTime = element("div", { class: "map-time-row" });
  private asked: AbortController | null = null;
  /** How the sheet that was asked for comes into sight; null once it has. */
  private revealing: "start" | "nearest" | null = null;
  private addressTimer = 0;
  private panelTimer = 0;

  constructor(
    private readonly frame: Frame,
    private readonly run: RunData,
    private readonly definitions: Definitions,
    private state: State,
    config: CountingConfig,
  ) {
    this.state = { ...state, step: Math.min(state.step, run.meta.steps.length - 1) };
    this.places = new Places(run);
    this.dialog = new DefinitionDialog(frame.root, definitions);
    this.sizes = new CellSizes(run);
    this.shown = this.sizes.own;
    this.map = makeBaseMap({ container: frame.map, bounds: run.meta.bounds, view: state.view ?? this.viewOf(state.selected) });
    this.hover = new HoverBox(frame.map);
    frame.time.append(this.runTime);
    this.timeline = new Timeline(this.runTime, run.meta.steps, (step) => this.chooseStep(step));
    this.panel = new Panel(frame.panel, run, {
      select: (selected) => this.select(selected, { move: true }),
      stepLabel: (step) => this.timeline.labelOf(step),
      categoryName: (category) => categoryName(definitions, category),
      define: (layer, term) => this.dialog.open(layer, term),
    });
    const host = {
      change: (filter: Filter) => this.changeFilter(filter),
      step: (filter: Filter) => this.stepFilter(filter),
      choose: (counting: boolean) => this.switchLayer(counting ? "counts" : "cells", true),
      legendChanged: () => this.renderLegend(),
      replaceRun: (id: string) => location.assign(`${location.pathname}${formatState({ ...this.state, run: id, layers: nextLayers(this.state.layers, "cells", true) })}`),
    };
    this.counting = new Counting(frame, this.map, run, config, host, this.state);
    this.map.on("load", () => this.addLayers());
    this.map.on("webglcontextrestored", () => this.map.once("idle", () => this.restoreCells()));
    this.listen();
    this.showControls();
    this.showSelection({ move: false });
  }

  /** A link to a place without a view opens near that place. */
  private viewOf(selected: Selected | null): View | null {
    const at = selected && this.places.positionOf(selected);
    return at ? { zoom: SELECTED_ZOOM, lng: at[0], lat: at[1] } : null;
  }

  private addLayers(): void {
    if (this.map.getSource("townships")) return;
    addAreas(this.map, this.run);
    this.map.addLayer(this.shown.layer, "township-outline");
    addMarks(this.map, this.run);
    this.drawStep();
    this.drawLayers();
    this.drawOutline();
    void Promise.all([this.counting.update(this.state), this.chooseSize()]).finally(() => {
      this.map.once("idle", () => this.announceReady());
      this.map.triggerRepaint();
    });
  }

  /** Shows the size of cells that belongs to the zoom; kinds of course are those of the run's own size. */
  private async chooseSize(): Promise<void> {
    const own = this.run.cells.resolution;
    const wanted = () => (this.state.layers.has("emerging") || isCounting(this.state) ? own : sizeAt(this.run.meta.sizes, this.map.getZoom(), own));
    const resolution = wanted();
    // Without a connection the size that is there stays; the next change of zoom asks again.
    const found = await this.sizes.get(resolution).catch(() => this.shown);
    // Meanwhile the reader may have gone on.
    if (resolution !== wanted() || found === this.shown) return;
    if (this.map.getLayer(this.shown.layer.id)) this.map.removeLayer(this.shown.layer.id);
    this.shown = found;
    this.map.addLayer(found.layer, "township-outline");
    this.drawStep();
    this.drawLayers();
    this.renderLegend();
  }

  /** A lost graphics context takes the cells and the townships' classes with it; MapLibre restores its own layers. */
  private restoreCells(): void {
    const { layer } = this.shown;
    if (!this.map.getLayer(layer.id)) this.map.addLayer(layer, "township-outline");
    this.drawStep();
  }

  private announceReady(): void {
    this.frame.busy.hidden = true;
    document.documentElement.dataset.step = String(this.state.step);
    tellReady();
  }

  private listen(): void {
    this.map.on("click", (event) => this.clickAt(event));
    window.addEventListener("popstate", () => this.goTo(parseState(location.search, this.run.meta.id)));
    this.map.on("mousemove", (event) => this.showHover(event));
    this.map.on("mouseout", () => this.hover.hide());
    this.map.on("movestart", () => this.hover.hide());
    this.map.on("moveend", () => {
      const { lng, lat } = this.map.getCenter();
      this.state = { ...this.state, view: { zoom: this.map.getZoom(), lat, lng } };
      this.writeAddress();
    });
    this.map.on("zoomend", () => void this.chooseSize());
    document.addEventListener("keydown", (event) => {
      // An open dialog takes the key for itself.
      if (document.querySelector("dialog[open]")) return;
      if (event.key === "Escape" && this.state.selected) this.select(null, { move: false });
    });
  }

  /** The whole page as a state says it: after a step back in the browser's history. */
  private goTo(state: State): void {
    if (state.run !== this.run.meta.id) return location.reload();
    this.state = { ...state, step: Math.min(state.step, this.run.meta.steps.length - 1) };
    if (state.view) this.map.jumpTo({ center: [state.view.lng, state.view.lat], zoom: state.view.zoom });
    this.redraw();
  }

  private redraw(): void {
    this.showControls();
    // Until the map is there its first drawing does the rest.
    if (!this.map.getSource("townships")) return;
    this.drawStep();
    this.drawLayers();
    void this.counting.update(this.state);
    this.showSelection({ move: false });
  }

  /** A filter is set to see what it keeps: the ground follows it from then on. */
  private changeFilter(filter: Filter): void {
    const layers = isCounting(this.state) ? this.state.layers : nextLayers(this.state.layers, "counts", true);
    this.state = { ...this.state, filter, layers, selected: null };
    this.pushAddress();
    this.redraw();
  }

  private stepFilter(filter: Filter): void {
    this.state = { ...this.state, filter };
    this.counting.step(this.state);
    this.writeAddress();
  }

  private clickAt(event: MapMouseEvent): void {
    const place = this.placeAt(event);
    const counted = isCounting(this.state) && (place?.kind === "cell" || place?.kind === "township");
    if (place && counted) this.counting.pick(place, event.originalEvent.shiftKey);
    else if (place || this.state.selected) this.select(place, { move: false });
  }

  private drawOutline(): void {
    const { selected } = this.state;
    outline(this.map, selected ? this.places.outlineOf(selected) : isCounting(this.state) ? this.counting.outline() : null);
  }

  private chooseStep(step: number): void {
    if (step === this.state.step) return;
    this.state = { ...this.state, step };
    this.timeline.show(step);
    this.drawStep();
    this.map.once("render", () => {
      document.documentElement.dataset.step = String(step);
    });
    this.map.triggerRepaint();
    this.renderLegend();
    window.clearTimeout(this.panelTimer);
    this.panelTimer = window.setTimeout(() => this.showSelection({ move: false }), PANEL_DELAY);
    this.writeAddress();
  }

  private drawStep(): void {
    const { series } = this.run;
    const { cells, layer } = this.shown;
    const start = valueAt(cells, 0, this.state.step);
    if (this.state.layers.has("emerging")) {
      layer.paint((i) => CATEGORY_COLOURS[(cells.category?.[i] ?? NOT_TESTED) + 128] as number);
    } else layer.paint((i) => COLOURS[(cells.level[start + i] as number) + 128] as number);
    if (this.map.getLayer("cluster-outline")) showClustersAt(this.map, this.state.step);
    if (!this.state.layers.has("townships") || !this.map.getSource("townships")) return;
    const measure = measureTownships(series, this.state.step);
    classTownships(this.map, series.codes, classesAt(series, this.state.step, measure));
  }

  private switchLayer(name: LayerName, on: boolean): void {
    this.state = { ...this.state, layers: nextLayers(this.state.layers, name, on) };
    if (COUNTED.includes(name)) this.state = { ...this.state, selected: null };
    this.pushAddress();
    this.redraw();
    void this.chooseSize();
  }

  private drawLayers(): void {
    for (const name of LAYERS) showLayer(this.map, name, this.state.layers.has(name));
    showLayer(this.map, "townships", this.state.layers.has("townships") || this.state.layers.has("rate"));
    showPoints(this.map, { high: this.state.layers.has("points"), unusual: this.state.layers.has("unusual") });
    const { layers } = this.state;
    this.shown.layer.visible = layers.has("cells") || (layers.has("emerging") && this.run.cells.category !== null);
    this.map.triggerRepaint();
  }

  private showControls(): void {
    renderLayerSwitch(this.frame.layers, this.state.layers, (name, on) => this.switchLayer(name, on), (name) => this.dialog.open(name));
    this.renderLegend();
    this.runTime.hidden = isCounting(this.state);
    if (this.runTime.hidden) this.timeline.stop();
    this.timeline.show(this.state.step);
  }

  private renderLegend(): void {
    const { run, definitions } = this;
    const { layers, step } = this.state;
    const measure = measureTownships(run.series, step);
    const { resolution } = this.shown.cells;
    const counted = this.counting.legend();
    renderLegend(this.frame.legend, { run, resolution, layers, step, measure, definitions, counted, define: (layer, term) => this.dialog.open(layer, term) });
  }

  private select(selected: Selected | null, { move }: { move: boolean }): void {
    this.state = { ...this.state, selected };
    this.revealing = selected && (move ? "start" : "nearest");
    this.frame.panel.dataset.selected = "";
    this.showSelection({ move });
    this.reveal();
    this.pushAddress();
  }

  /**
   * On a narrow screen the panel is below the map: what was chosen on the map brings its sheet's head into sight and
   * leaves the map there; what was chosen in a list, far down the page, leads to the top of its sheet.
   */
  private reveal(): void {
    const inPage = getComputedStyle(this.frame.panel).overflowY === "visible";
    if (this.revealing && inPage) {
      this.frame.panel.querySelector(".panel-head")?.scrollIntoView({ block: this.revealing });
    }
  }

  private showSelection({ move }: { move: boolean }): void {
    const { selected, step } = this.state;
    this.asked?.abort();
    if (this.map.getSource("selection")) this.drawOutline();
    this.frame.root.classList.toggle("has-selection", selected !== null);
    if (!selected) {
      if (isCounting(this.state)) this.panel.showOther(this.counting.content);
      else this.panel.showOverview(step);
      return;
    }
    const at = this.places.positionOf(selected);
    if (move && at) this.map.easeTo({ center: at, zoom: Math.max(this.map.getZoom(), SELECTED_ZOOM), duration: 300 });
    const project = this.places.project(selected);
    if (project) this.panel.showProject(project);
    else void this.loadDetail(selected, step);
  }

  private async loadDetail(selected: Selected, step: number): Promise<void> {
    const asked = new AbortController();
    this.asked = asked;
    this.frame.panel.setAttribute("aria-busy", "true");
    if (this.frame.panel.dataset.selected !== selected.id) this.panel.showLoading(selected);
    this.frame.panel.dataset.selected = selected.id;
    try {
      const detail = await fetchDetail(this.run.meta.id, selected.kind, selected.id, step, asked.signal);
      this.panel.showDetail(selected, detail, step, this.places.positionOf(selected));
    } catch (error) {
      if (asked.signal.aborted) return;
      this.panel.showError(selected, error instanceof Error ? error.message : String(error));
    }
    // The full sheet has room to scroll that the waiting one had not.
    this.reveal();
    this.revealing = null;
    this.frame.panel.setAttribute("aria-busy", "false");
  }

  /** The topmost thing under the pointer: a mark or a name, else the ground that is on. */
  private placeAt({ point, lngLat }: MapMouseEvent): Selected | null {
    const reach = 4;
    const box: [[number, number], [number, number]] = [
      [point.x - reach, point.y - reach],
      [point.x + reach, point.y + reach],
    ];
    const layers = CLICKABLE.filter((id) => this.map.getLayer(id));
    const hits = layers.length ? this.map.queryRenderedFeatures(box, { layers }) : [];
    const hit = layers.flatMap((id) => hits.find(({ layer }) => layer.id === id) ?? [])[0];
    if (hit?.source === "projects") return { kind: "project", id: String(hit.properties.id) };
    if (hit?.layer.id.startsWith("cluster")) return { kind: "cluster", id: String(hit.properties.rank) };
    if (hit?.source === "points") return { kind: "point", id: String(hit.properties.id) };
    if (hit) return { kind: "township", id: String(hit.properties.code) };
    if (this.state.layers.has("counts")) {
      const name = this.counting.cellAt(lngLat);
      return name ? { kind: "cell", id: name } : null;
    }
    if (this.shown.layer.visible) {
      const name = latLngToCell(lngLat.lat, lngLat.lng, this.shown.cells.resolution);
      return this.cellIndex(name) >= 0 ? { kind: "cell", id: name } : null;
    }
    const code = this.state.layers.has("townships") || this.state.layers.has("rate") ? this.townshipAt(point) : null;
    return code ? { kind: "township", id: code } : null;
  }

  private cellIndex(name: string): number {
    return indexOfCell(this.shown.cells.ids, BigInt(`0x${name}`));
  }

  private townshipAt(point: MapMouseEvent["point"]): string | null {
    if (!this.map.getLayer("township-fill")) return null;
    const hit = this.map.queryRenderedFeatures(point, { layers: ["township-fill"] })[0];
    return hit ? String(hit.properties.code) : null;
  }

  private showHover(event: MapMouseEvent): void {
    const selected = this.map.isMoving() ? null : this.placeAt(event);
    this.map.getCanvas().style.cursor = selected ? "pointer" : "";
    const lines = selected ? this.hoverLines(selected, event.point) : [];
    if (lines.length) this.hover.show(event.point, lines);
    else this.hover.hide();
  }

  private hoverLines(selected: Selected, point: MapMouseEvent["point"]): string[] {
    const facts = { run: { ...this.run, cells: this.shown.cells }, places: this.places, definitions: this.definitions, state: this.state };
    if (isCounting(this.state) && (selected.kind === "cell" || selected.kind === "township")) return this.counting.hoverLines(selected);
    if (selected.kind === "cell") return cellLines(facts, this.cellIndex(selected.id), this.townshipAt(point));
    return placeLines(facts, selected);
  }

  /** A deliberate change: the browser's way back leads to what was before it. */
  private pushAddress(): void {
    window.clearTimeout(this.addressTimer);
    const address = `${location.pathname}${formatState(this.state)}`;
    if (address !== location.pathname + location.search) history.pushState(null, "", address);
  }

  private writeAddress(): void {
    window.clearTimeout(this.addressTimer);
    this.addressTimer = window.setTimeout(() => {
      history.replaceState(null, "", `${location.pathname}${formatState(this.state)}`);
    }, ADDRESS_DELAY);
  }
}

