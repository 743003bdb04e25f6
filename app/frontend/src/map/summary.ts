// Counts of cells by level: what the panel shows before anything is chosen.
import type { Cells } from "./cells_payload";
import { CATEGORIES, type Category, LEVELS, type Level } from "./palette";

/** Number of cells at each level in one step (-1: the whole span). */
export function countLevels(cells: Cells, step: number): Map<Level, number> {
  const table = new Uint32Array(256);
  const start = (step + 1) * cells.n;
  for (let i = start; i < start + cells.n; i++) {
    const at = (cells.level[i] as number) + 128;
    table[at] = (table[at] as number) + 1;
  }
  return new Map(LEVELS.map((level): [Level, number] => [level, table[level + 128] as number]));
}

/** Number of cells of each kind of course; empty where the run has none. */
export function countCategories({ category }: Pick<Cells, "category">): Map<Category, number> {
  const counts = new Map<Category, number>();
  for (const code of category ?? []) {
    const known = CATEGORIES.find((candidate) => candidate === code);
    if (known !== undefined) counts.set(known, (counts.get(known) ?? 0) + 1);
  }
  return counts;
}

export interface LevelHistory {
  hot: number[];
  low: number[];
}

/** Cells called hot or low (q < .10) at every step. */
export function levelHistory(cells: Cells): LevelHistory {
  const hot: number[] = [];
  const low: number[] = [];
  for (let step = 0; step < cells.steps; step++) {
    const counts = countLevels(cells, step);
    const sum = (levels: Level[]) => levels.reduce<number>((total, level) => total + (counts.get(level) ?? 0), 0);
    hot.push(sum([1, 2, 3]));
    low.push(sum([-1, -2, -3]));
  }
  return { hot, low };
}
