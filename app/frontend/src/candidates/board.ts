// The table of candidates: its rows in the order of the weights that the sliders say.
import { formatNumber } from "../format";
import { message } from "../messages";
import type { TownshipRows } from "../townships/rows";
import { crossing, type Scores } from "./what_if";

const SVG_ROOM = 100;

export interface Board {
  codes: string[];
  names: string[];
  keys: string[];
  /** position of each criterion's group in the row's columns of points */
  groups: number[];
  defaults: number[];
  weights: number[];
  /** twice the rank from below of each criterion's values */
  standings: (number | null)[][];
}

export class BoardTable {
  private readonly body: HTMLTableSectionElement | null;

  constructor(
    table: HTMLElement,
    private readonly board: Board,
    private readonly rows: TownshipRows,
  ) {
    this.body = table.querySelector("tbody");
  }

  /** Puts the rows in order; `stale` says that the intervals are of other weights. */
  show(scores: Scores, defaults: Scores, stale: boolean): void {
    const sorted = document.createDocumentFragment();
    for (const at of scores.order) {
      const row = this.rows.get(this.board.codes[at] ?? "");
      if (!row) continue;
      this.fill(row, at, scores, defaults);
      sorted.append(row);
    }
    this.body?.append(sorted);
    this.body?.classList.toggle("is-stale", stale);
  }

  private fill(row: HTMLTableRowElement, at: number, scores: Scores, defaults: Scores): void {
    const points: number[] = [];
    this.board.keys.forEach((key, i) => {
      const group = this.board.groups[i] ?? 0;
      points[group] = (points[group] ?? 0) + (scores.contributions[key]?.[at] ?? 0);
    });
    write(row, ".rank", String(scores.rank[at]));
    write(row, ".score", (scores.score[at] ?? 0).toFixed(1));
    writeChange(row.querySelector(".rank-change"), (defaults.rank[at] ?? 0) - (scores.rank[at] ?? 0));
    row.querySelectorAll("td.points").forEach((cell, i) => {
      cell.textContent = (points[i] ?? 0).toFixed(1);
    });
    let start = 0;
    row.querySelectorAll(".score-bar rect:not(.stack-base)").forEach((part, i) => {
      const width = ((points[i] ?? 0) * SVG_ROOM) / 100;
      part.setAttribute("x", `${start.toFixed(3)}%`);
      part.setAttribute("width", `${width.toFixed(3)}%`);
      start += width;
    });
  }
}

function write(row: Element, selector: string, text: string): void {
  const found = row.querySelector(selector);
  if (found) found.textContent = text;
}

/** Places gained and lost against the default weights, by sign and colour. */
function writeChange(cell: Element | null, gained: number): void {
  if (!cell) return;
  cell.textContent = gained > 0 ? `↑${gained}` : gained < 0 ? `↓${-gained}` : "—";
  cell.classList.toggle("is-up", gained > 0);
  cell.classList.toggle("is-down", gained < 0);
}

/** Says in one line which townships the weights bring among the first, and which they take out. */
export function crossingText(board: Board, before: Scores, after: Scores, n: number): string {
  const { entering, leaving } = crossing(before.rank, after.rank, n);
  if (!entering.length && !leaving.length) return message("board.same", { n: formatNumber(n) });
  const named = (list: number[]) => list.map((at) => board.names[at]).join(message("board.comma")) || message("board.nobody");
  return message("board.crossing", { n: formatNumber(n), entering: named(entering), leaving: named(leaving) });
}
