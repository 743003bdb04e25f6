// Entry of the candidates' page: sliders re-rank the table and the map at once, and the address carries the weights.
import { type Board, BoardTable, crossingText } from "./candidates/board";
import { rankClass, type Scores, scoreStandings, standingOf, type Weights } from "./candidates/what_if";
import { pageData } from "./dom";
import { message } from "./messages";
import { tellReady } from "./ready";
import type { Colours } from "./townships/map";
import { TownshipPicking } from "./townships/picking";

const PREFIX = "w_";
const LARGEST_FIRST = 50;

class WhatIf {
  private readonly standing: Record<string, (number | null)[]>;
  private readonly defaults: Scores;
  private readonly table: BoardTable;
  private readonly picking: TownshipPicking;

  constructor(
    private readonly board: Board,
    private readonly form: HTMLFormElement,
    table: HTMLElement,
  ) {
    this.standing = Object.fromEntries(board.keys.map((key, i) => [key, standingOf(board.standings[i] ?? [])]));
    this.defaults = this.score(Object.fromEntries(board.keys.map((key, i) => [key, board.defaults[i] ?? 0])));
    this.picking = new TownshipPicking(table);
    this.table = new BoardTable(table, board, this.picking.rows);
    form.addEventListener("input", () => this.update());
    form.querySelector("[data-reset]")?.addEventListener("click", (event) => {
      event.preventDefault();
      this.reset();
    });
  }

  async startMap(container: HTMLElement): Promise<void> {
    const legend = document.getElementById("candidate-map-legend");
    await this.picking.startMap(container, legend, () => this.coloursOf(this.score(this.weights())));
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
    this.picking.show(this.coloursOf(scores));
    const told = document.getElementById("what-if-crossing");
    if (told) told.textContent = crossingText(this.board, this.defaults, scores, this.first());
    this.writeAddress(weights, whole);
  }

  private coloursOf(scores: Scores): Colours {
    const n = this.first();
    const of = Object.fromEntries(this.board.codes.map((code, at) => [code, rankClass(scores.rank[at] ?? 0, n)]));
    const to = (from: number, last: number) => message("board.legend.to", { from: String(from), to: String(last) });
    const legend = [
      { of: rankClass(1, n), text: message("board.legend.first", { n: String(n) }) },
      { of: rankClass(n + 1, n), text: to(n + 1, 2 * n) },
      { of: rankClass(2 * n + 1, n), text: to(2 * n + 1, 5 * n) },
      { of: rankClass(5 * n + 1, n), text: message("board.legend.rest") },
    ];
    return { of, legend };
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
