import { describe, expect, it } from "vitest";
import type { Cells } from "../src/map/cells_payload";
import { levelRgba, levelTable, packRgba } from "../src/map/palette";
import { countLevels, levelHistory } from "../src/map/summary";

const cells: Cells = {
  n: 4,
  resolution: 9,
  steps: 2,
  ids: new BigUint64Array(4),
  count: new Uint16Array(12),
  // The whole span, then two steps.
  level: Int8Array.of(3, 0, 0, 127, 1, 2, -3, 127, 0, 0, -1, -2),
  expected: null,
  q: null,
  suppressed: null,
  category: Int8Array.of(1, 0, -8, 127),
};

describe("counts of cells by level", () => {
  it("add up to all cells at every step", () => {
    for (const step of [-1, 0, 1]) {
      expect([...countLevels(cells, step).values()].reduce((sum, count) => sum + count)).toBe(cells.n);
    }
    expect(countLevels(cells, -1).get(127)).toBe(1);
  });

  it("say how many are hot and low at each step", () => {
    expect(levelHistory(cells)).toEqual({ hot: [2, 0], low: [1, 2] });
  });
});

describe("colours as the graphics card takes them", () => {
  it("lie in memory as red, green, blue, alpha", () => {
    expect([...new Uint8Array(Uint32Array.of(packRgba([1, 2, 3, 255])).buffer)]).toEqual([1, 2, 3, 255]);
    expect(levelTable()[-3 + 128]).toBe(packRgba(levelRgba(-3)));
    expect(levelTable()[127 + 128]).toBe(packRgba(levelRgba(127)));
  });
});
