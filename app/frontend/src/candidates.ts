// Entry of the candidates' page: sliders re-rank the table and the map at once, and the address carries the weights.
import { type Board, BoardTable, crossingText } from "./candidates/board";
import type { CandidateMap } from "./candidates/map";
import { type Scores, scoreStandings, standingOf, type Weights } from "./candidates/what_if";
import { pageData } from "./dom";
import { tellReady } from "./ready";

const PREFIX = "w_";
const LARGEST_FIRST = 50;

class WhatIf {
  private readonly standing: Record<string, (number | null)[]>;
  private readonly defaults: Scores;
  private readonly table: BoardTable;
  private map: CandidateMap | null = null;

  constructor(
    private readonly board: Board,
    private readonly form: HTMLFormElement,
    table: HTMLElement,
  ) {
    this.standing = Object.fromEntries(board.keys.map((key, i) => [key, standingOf(board.standings[i] ?? [])]));
    this.defaults = this.score(Object.fromEntries(board.keys.map((key, i) => [key, board.defaults[i] ?? 0])));
    this.table = new BoardTable(table, board, (code) => this.select(code, false));
    form.addEventListener("input", () => this.update());
    form.querySelector("[data-reset]")?.addEventListener("click", (event) => {
      event.preventDefault();
      this.reset();
    });
  }

  async startMap(container: HTMLElement): Promise<void> {
    // MapLibre is large: the table is there before it comes.
    const { CandidateMap } = await import("./candidates/map");
    const legend = document.getElementById("candidate-map-legend");
    this.map = CandidateMap.start(container, legend, this.first(), (code) => this.select(code, true));
    this.showOnMap(this.score(this.weights()));
  }

  private select(code: string, scroll: boolean): void {
    this.table.select(code, scroll);
    this.map?.select(code);
  }

  private score(weights: Weights): Scores {
    return scoreStandings(this.board.codes, this.standing, weights);
  }

  private first(): number {
    const field = this.form.elements.namedItem("n");
    const value = field instanceof HTMLInputElement ? Math.round(Number(field.value)) : 0;
    return Math.min(LARGEST_FIRST, Math.max(1, value || 1));
  }

  private slider(key: string): HTMLInputElement | null {
    const found = this.form.elements.namedItem(PREFIX + key);
    return found instanceof HTMLInputElement ? found : null;
  }

  private weights(): Weights {
    return Object.fromEntries(this.board.keys.map((key) => [key, Number(this.slider(key)?.value ?? 0)]));
  }

  private reset(): void {
    this.board.keys.forEach((key, i) => {
      const slider = this.slider(key);
      if (slider) slider.value = String(100 * (this.board.defaults[i] ?? 0));
    });
    this.update();
  }

  private update(): void {
    const weights = this.weights();
    const whole = Object.values(weights).reduce((sum, each) => sum + each, 0);
    const none = document.getElementById("what-if-none");
    if (none) none.hidden = whole > 0;
    this.writeShares(weights, whole);
    if (!(whole > 0)) return;
    const scores = this.score(weights);
    this.table.show(scores, this.defaults, !this.isAsRendered(weights, whole));
    this.showOnMap(scores);
    const told = document.getElementById("what-if-crossing");
    if (told) told.textContent = crossingText(this.board, this.defaults, scores, this.first());
    this.writeAddress(weights, whole);
  }

  private showOnMap(scores: Scores): void {
    const ranks = Object.fromEntries(this.board.codes.map((code, at) => [code, scores.rank[at] ?? 0]));
    this.map?.show(ranks, this.first());
  }

  /** The sliders' numbers need not add up to 100: what counts is each one's share. */
  private writeShares(weights: Weights, whole: number): void {
    for (const output of this.form.querySelectorAll<HTMLOutputElement>("output[data-key]")) {
      const share = whole > 0 ? (100 * (weights[output.dataset.key ?? ""] ?? 0)) / whole : 0;
      output.value = `${share.toFixed(1)}%`;
    }
  }

  private isAsRendered(weights: Weights, whole: number): boolean {
    return this.board.keys.every((key, i) => Math.abs((weights[key] ?? 0) / whole - (this.board.weights[i] ?? 0)) < 1e-6);
  }

  private isDefault(weights: Weights, whole: number): boolean {
    return this.board.keys.every((key, i) => Math.abs((weights[key] ?? 0) / whole - (this.board.defaults[i] ?? 0)) < 1e-6);
  }

  /** The address can be sent to somebody: the server shows the same under it. */
  private writeAddress(weights: Weights, whole: number): void {
    const address = new URL(location.href);
    for (const key of this.board.keys) {
      if (this.isDefault(weights, whole)) address.searchParams.delete(PREFIX + key);
      else address.searchParams.set(PREFIX + key, String(weights[key]));
    }
    address.searchParams.set("n", String(this.first()));
    history.replaceState(null, "", address);
    for (const link of document.querySelectorAll<HTMLAnchorElement>("a[data-keeps-weights]")) {
      const target = new URL(link.href);
      for (const key of this.board.keys) target.searchParams.delete(PREFIX + key);
      for (const [name, value] of address.searchParams) if (name !== "run") target.searchParams.set(name, value);
      link.href = target.href;
    }
  }
}

const board = pageData<Board>("board-data");
const form = document.querySelector<HTMLFormElement>("#what-if");
const table = document.querySelector<HTMLElement>(".candidate-table");
if (board && form && table) {
  const whatIf = new WhatIf(board, form, table);
  const container = document.querySelector<HTMLElement>(".candidate-map");
  if (container) void whatIf.startMap(container).finally(tellReady);
  else tellReady();
}
