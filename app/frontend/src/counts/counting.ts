// The part of the workbench that follows the filter: bar, drawer, ground, slider, linked views and card.
import type { Geometry, Position } from "geojson";
import { latLngToCell } from "h3-js";
import type { LngLat, Map as MapLibreMap } from "maplibre-gl";
import { element } from "../dom";
import { formatNumber, formatTold } from "../format";
import { message } from "../messages";
import type { RunData } from "../map/api";
import type { Frame } from "../map/frame";
import { cellRing } from "../map/hexagons";
import { may } from "../map/rights";
import { isCounting, type Selected, type State, WHOLE_SPAN } from "../map/state";
import { Timeline } from "../map/timeline";
import { type Asker, isGivenUp } from "./answers";
import type { Card, Options, Views } from "./api";
import { CellGround } from "./cell_ground";
import type { CellCounts } from "./counts_payload";
import { severalText } from "./describing";
import { type Filter, MOST_CELLS, narrows, questionOf, toggled, without } from "./filter";
import { FilterBar } from "./filter_bar";
import { FilterDrawer } from "./filter_drawer";
import { Lasso } from "./lasso";
import { cellLegend, followsRun, townshipLegend } from "./legend";
import { LinkedViews } from "./linked_views";
import { decodePolyline } from "./polyline";
import { cellQuestion, type Questions, togetherQuestion } from "./questions";
import { Rerun } from "./rerun";
import { SelectionCard } from "./selection_card";
import { SizeByZoom } from "./size_by_zoom";
import { TownshipGround } from "./township_ground";

/** Parts of the filter that select something on the map, of which a card tells. */
const SELECTING = ["lasso", "cells", "place", "township", "district"] as const;
/** Wait before the views follow the slider: while it moves only the map keeps up, in milliseconds. */
const VIEWS_DELAY = 180;

export interface CountingHost {
  /** a deliberate change, which the browser's way back undoes */
  change(filter: Filter): void;
  /** a step of the slider */
  step(filter: Filter): void;
  choose(counting: boolean): void;
  legendChanged(): void;
  replaceRun(run: string): void;
}

export interface CountingConfig {
  token: string;
  questions: Questions;
}

export class Counting {
  readonly content: HTMLElement;
  private readonly bar: FilterBar;
  private readonly drawer: FilterDrawer;
  private readonly views: LinkedViews;
  private readonly card: SelectionCard;
  private readonly rerun: Rerun;
  private readonly cells: CellGround;
  private readonly townships: TownshipGround;
  private readonly timeRow = element("div", { class: "map-time-row", hidden: true });
  private readonly counts: Asker<CellCounts>;
  private readonly answers: Asker<Views>;
  private readonly options: Asker<Options>;
  private offered: Options | null = null;
  private timeline: Timeline | null = null;
  private steps: readonly string[] = [];
  private turn = 0;
  private readonly zoomed: SizeByZoom;
  /** size that was asked for of the cells that are drawn */
  private drawn: number;
  /** what was just chosen on the map brings its card into sight */
  private revealing = false;
  private timer = 0;

  constructor(
    private readonly frame: Frame,
    private readonly map: MapLibreMap,
    private readonly run: RunData,
    config: CountingConfig,
    private readonly host: CountingHost,
    private state: State,
  ) {
    const { counts, views, options } = config.questions;
    [this.counts, this.answers, this.options] = [counts, views, options];
    this.bar = new FilterBar(frame.filter, { change: host.change, choose: host.choose, toggleDrawer: () => this.toggleDrawer() });
    this.drawer = new FilterDrawer(host.change, () => this.toggleDrawer(false));
    frame.filter.after(this.drawer.element);
    const lasso = new Lasso(map, frame.map, (ring) => {
      this.revealing = true;
      host.change({ ...this.state.filter, lasso: ring, cells: [] });
    });
    frame.map.parentElement?.append(lasso.tools);
    this.views = new LinkedViews(this.answers, host.change, () => this.state.filter);
    this.card = new SelectionCard(this.answers, may("cases"), {
      close: () => host.change(without(this.state.filter, ...SELECTING)),
      choosePlace: (code) => host.change({ ...this.state.filter, place: [code] }),
      named: (places) => this.namePlaces(places),
    });
    this.content = element("div", { class: "counting-panel" }, this.card.element, this.views.content);
    this.rerun = new Rerun(frame.root, config.token, run.cells.resolution, host.replaceRun);
    this.cells = new CellGround(map);
    this.townships = new TownshipGround(map);
    frame.time.append(this.timeRow);
    this.zoomed = new SizeByZoom(map, run.meta.count_sizes, run.cells.resolution, () => void this.followZoom());
    this.drawn = this.size;
    // What is wrong with it is told when it is drawn.
    if (state.layers.has("counts")) this.counts.ask(this.cellQuestion).catch(() => undefined);
  }

  /** Follows a state of the page. Resolves when everything that follows the filter shows it. */
  async update(state: State): Promise<void> {
    this.state = state;
    this.zoomed.refresh();
    const counting = isCounting(state);
    this.frame.root.classList.toggle("is-counting", counting);
    this.timeRow.hidden = !counting;
    this.cells.show(state.layers.has("counts"));
    this.showControls();
    if (!counting) this.timeline?.stop();
    await Promise.all([this.loadOptions(), counting ? this.answer() : this.rest()]);
  }

  /** A step of the slider: the map at once, the rest once the slider rests. */
  step(state: State): void {
    this.state = state;
    this.showControls();
    // Cells of another size may be under way; until they are there the slider moves those that are drawn.
    const known = this.counts.recall(this.cellQuestion) ?? this.counts.recall(cellQuestion(state.filter, this.drawn));
    if (known && state.layers.has("counts")) this.paintCells(known, null);
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.answer(), VIEWS_DELAY);
  }

  /** A cell or a township chosen on the map. */
  pick({ kind, id }: Selected, add: boolean): void {
    const { filter } = this.state;
    this.revealing = true;
    if (kind === "township") return this.host.change({ ...filter, township: toggled(filter.township, id, add) });
    this.host.change({ ...filter, cells: toggled(filter.cells, id, add).slice(-MOST_CELLS), lasso: null });
  }

  /** Name of the cell at a place, in the size that is drawn; null where none is. */
  cellAt({ lat, lng }: LngLat): string | null {
    if (this.cells.resolution === null) return null;
    const name = latLngToCell(lat, lng, this.cells.resolution);
    return this.cells.countAt(name) === null ? null : name;
  }

  hoverLines({ kind, id }: Selected): string[] {
    const unit = message(`unit.${this.state.filter.measure}`);
    if (kind === "cell") {
      const count = this.cells.countAt(id) ?? 0;
      const share = this.state.filter.measure === "reports" && this.cells.sum && !this.cells.hidesSmall ? [message("hover.share", { share: formatNumber((100 * count) / this.cells.sum, 2) })] : [];
      return [`${this.cells.write(count)} ${unit}`, ...share];
    }
    const row = this.townships.rowOf(id);
    if (!row) return [];
    const rate = row.rate === null ? [] : [`${message("views.townships.rate")} ${formatNumber(row.rate, 1)}`];
    return [row.name, `${formatTold(row.count)} ${unit}`, ...rate];
  }

  legend(): HTMLElement[] {
    const { filter, layers } = this.state;
    const follows = () => followsRun(may("analyse") ? () => this.rerun.open(this.state.filter, this.offered) : null);
    if (layers.has("counts")) return [cellLegend(this.cells, filter, this.offered, this.drawn), follows()];
    if (layers.has("rate")) return [townshipLegend(this.townships.breaks, this.townships.byRate, filter, this.offered), follows()];
    return narrows(filter) ? [follows()] : [];
  }

  /** Outline of what the filter selects on the map. */
  outline(): Geometry | null {
    const { lasso, cells, township } = this.state.filter;
    const ring = lasso ? decodePolyline(lasso) : null;
    if (ring) return { type: "Polygon", coordinates: [[...ring, ring[0] as Position]] };
    if (cells.length) return { type: "MultiPolygon", coordinates: cells.map((name) => [cellRing(BigInt(`0x${name}`))]) };
    const shapes = this.run.townships.features.filter(({ properties }) => township.includes(properties.code));
    const polygons = shapes.flatMap(({ geometry }) => (geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates));
    return polygons.length ? { type: "MultiPolygon", coordinates: polygons } : null;
  }

  private async loadOptions(): Promise<void> {
    const { attribution } = this.state.filter;
    this.options.keepOnly([attribution]);
    try {
      this.offered = await this.options.ask(attribution);
    } catch (error) {
      if (!isGivenUp(error)) this.fail(error);
      return;
    }
    this.showControls();
    this.card.rename(this.state.filter, this.offered);
    this.host.legendChanged();
  }

  /** A chip of a place shows its name once a card has told it. */
  private namePlaces(places: Card["places"]): void {
    if (!this.offered) return;
    const known = this.offered.place;
    for (const { code, name, count } of places) if (!known.some(({ value }) => value === code)) known.push({ value: code, name, count });
    this.showControls();
  }

  private async answer(): Promise<void> {
    const turn = ++this.turn;
    const { filter, layers } = this.state;
    const townshipQuestion = questionOf(without(filter, "township", "cells", "lasso"));
    this.counts.keepOnly([this.cellQuestion]);
    this.answers.keepOnly([...this.views.questions(filter), ...(layers.has("rate") ? [townshipQuestion] : [])]);
    this.frame.busy.hidden = false;
    this.views.showBusy();
    try {
      const ground = layers.has("counts") ? this.showCells() : this.showTownships(townshipQuestion);
      await Promise.all([ground, this.views.show(filter, this.offered), this.showCard(filter)]);
    } catch (error) {
      if (turn === this.turn && !isGivenUp(error)) this.fail(error);
    }
    if (turn === this.turn) this.showDone();
  }

  private rest(): Promise<void> {
    this.turn++;
    window.clearTimeout(this.timer);
    this.answers.keepOnly([]);
    this.counts.keepOnly([]);
    this.card.hide();
    this.showDone();
    return Promise.resolve();
  }

  private showDone(): void {
    this.frame.busy.hidden = true;
    this.views.showDone();
    this.frame.root.dataset.answered = questionOf(this.state.filter);
  }

  private fail(error: unknown): void {
    if (!(error instanceof Error)) throw error;
    this.views.showFailure(error.message, () => void this.update(this.state));
  }

  /** Size of the cells to be drawn. */
  private get size(): number {
    const { resolution } = this.state.filter;
    return resolution === "zoom" ? this.zoomed.current : resolution;
  }

  private get cellQuestion(): string {
    return cellQuestion(this.state.filter, this.size);
  }

  /** The cells alone follow the zoom, and those that are drawn stay until the others are there. */
  private async followZoom(): Promise<void> {
    const { filter, layers } = this.state;
    if (filter.resolution !== "zoom" || !layers.has("counts")) return;
    try {
      await this.showCells();
    } catch (error) {
      if (!isGivenUp(error)) this.fail(error);
    }
  }

  private async showCells(): Promise<void> {
    const [{ filter }, size, question] = [this.state, this.size, this.cellQuestion];
    const cells = await this.counts.ask(question);
    // Distinct callers and incidents of several periods are not the sum of those of each, nor are counts that are not told.
    const apart = filter.periods.length > 1 && (filter.measure !== "reports" || cells.suppressed !== null);
    const of = apart ? await this.counts.ask(togetherQuestion(filter, cells.resolution)) : null;
    // Meanwhile the reader may have gone on.
    if (filter !== this.state.filter || size !== this.size) return;
    this.drawn = size;
    this.showSteps(cells.periods.map(({ label }) => label));
    this.paintCells(cells, of);
  }

  private paintCells(cells: CellCounts, of: CellCounts | null): void {
    this.cells.setCells(cells);
    this.cells.paint(this.state.filter.periods, of);
    // What is taken away is of the size that is drawn.
    this.frame.root.dataset.size = String(cells.resolution);
    const drawn = this.state.filter.periods.join(",");
    this.map.once("render", () => (document.documentElement.dataset.period = drawn));
    this.map.triggerRepaint();
    this.host.legendChanged();
  }

  private async showTownships(question: string): Promise<void> {
    const { filter } = this.state;
    const [told, curve] = await Promise.all([this.answers.ask(question), this.answers.ask(questionOf(without(filter, "periods")))]);
    this.townships.paint(told, filter);
    this.showSteps(curve.series.periods.map(({ label }) => label));
    this.host.legendChanged();
  }

  private async showCard(filter: Filter): Promise<void> {
    if (!SELECTING.some((part) => filter[part]?.length)) return this.card.hide();
    const shown = this.card.show(filter, this.offered);
    // On a narrow screen the panel is below the map.
    if (this.revealing && getComputedStyle(this.frame.panel).overflowY === "visible") this.card.element.scrollIntoView({ block: "nearest" });
    this.revealing = false;
    await shown;
  }

  private showControls(): void {
    const { filter } = this.state;
    this.bar.show(filter, this.offered, isCounting(this.state));
    if (!this.drawer.element.hidden) this.drawer.show(filter, this.offered);
    this.showStep();
  }

  private showSteps(labels: readonly string[]): void {
    if (labels.join() !== this.steps.join() || !this.timeline) {
      this.timeline?.stop();
      this.steps = labels;
      this.timeRow.replaceChildren();
      this.timeline = new Timeline(this.timeRow, labels.map((label) => ({ label })), (step) => this.chooseStep(step), "count");
    }
    this.showStep();
  }

  private showStep(): void {
    const { periods } = this.state.filter;
    const step = periods.length === 1 ? this.steps.indexOf(periods[0] as string) : WHOLE_SPAN;
    if (periods.length > 1) this.timeline?.show(WHOLE_SPAN, severalText(periods));
    else this.timeline?.show(step);
  }

  private chooseStep(step: number): void {
    const label = this.steps[step];
    this.host.step({ ...this.state.filter, periods: label === undefined ? [] : [label] });
  }

  private toggleDrawer(open = this.drawer.element.hidden !== false): void {
    this.drawer.element.hidden = !open;
    if (open) this.drawer.show(this.state.filter, this.offered);
    this.frame.root.classList.toggle("has-drawer", open);
    this.bar.drawerButton.setAttribute("aria-expanded", String(open));
    if (open) this.drawer.focus();
    else this.bar.drawerButton.focus();
  }
}
