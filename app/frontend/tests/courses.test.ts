import { describe, expect, it } from "vitest";
import { countCategories } from "../src/map/summary";
import {
  CATEGORIES,
  CATEGORY_COLOURS,
  type Category,
  categoryPattern,
  categoryRgba,
  categoryTable,
  packRgba,
  PATTERN_ALPHA,
  rgb,
} from "../src/map/palette";

type Triple = [number, number, number];

/** Machado, Oliveira & Fernandes (2009): what eyes without one of the three cones see, on linear light. */
const EYES: Record<string, Triple[]> = {
  all: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protan: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deutan: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritan: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};
const XYZ: Triple[] = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]];
const WHITE: Triple = [0.9505, 1, 1.089];

function times(matrix: Triple[], [a, b, c]: Triple): Triple {
  return matrix.map((row) => row[0] * a + row[1] * b + row[2] * c) as Triple;
}

/** CIE L*a*b* of a colour as those eyes see it. */
function seen(colour: string, eyes: Triple[]): Triple {
  const linear = rgb(colour).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as Triple;
  const light = times(eyes, linear).map((value) => Math.min(1, Math.max(0, value))) as Triple;
  const [x, y, z] = times(XYZ, light).map((value, i) => {
    const share = value / (WHITE[i] as number);
    return share > 0.008856 ? Math.cbrt(share) : 7.787 * share + 16 / 116;
  }) as Triple;
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function distance(a: Triple, b: Triple): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

describe("colours of the kinds of course", () => {
  it.each(Object.keys(EYES))("stay apart for %s eyes", (name) => {
    const eyes = EYES[name] as Triple[];
    const pairs = CATEGORIES.flatMap((a, i) => CATEGORIES.slice(i + 1).map((b): [Category, Category] => [a, b]));
    for (const [a, b] of pairs) {
      const apart = distance(seen(CATEGORY_COLOURS[a], eyes), seen(CATEGORY_COLOURS[b], eyes));
      // A difference of 2.3 is just noticed side by side; a pattern of its own allows for less.
      const needed = categoryPattern(a) === categoryPattern(b) ? 15 : 12;
      expect(apart, `${a} and ${b}`).toBeGreaterThan(needed);
    }
  });

  it("mirrors the patterns of hot kinds in the cold ones", () => {
    for (const code of [1, 2, 3, 4, 5, 6, 7, 8] as const) {
      expect(categoryPattern(-code as Category)).toBe(categoryPattern(code));
    }
    expect(CATEGORIES.filter((code) => categoryPattern(code) === "hatched")).toEqual([127]);
  });

  it("reach the graphics card with their pattern, unknown ones as not tested", () => {
    expect(categoryRgba(6)[3]).toBe(PATTERN_ALPHA.striped);
    expect(categoryRgba(55)).toEqual(categoryRgba(127));
    expect(categoryTable()[-8 + 128]).toBe(packRgba(categoryRgba(-8)));
    expect(new Set(Object.values(PATTERN_ALPHA)).size).toBe(4);
  });

  it("are counted by kind, and not at all where the run has none", () => {
    const counts = countCategories({ category: Int8Array.of(1, 0, 0, -8, 127) });
    expect(counts).toEqual(new Map([[1, 1], [0, 2], [-8, 1], [127, 1]]));
    expect(countCategories({ category: null }).size).toBe(0);
  });
});
