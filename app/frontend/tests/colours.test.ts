import { describe, expect, it } from "vitest";
import type { TownshipSeries } from "../src/map/api";
import { pointIcon } from "../src/map/icons";
import { classOf, COUNT_COLOURS, LEVEL_COLOURS, LEVELS, levelRgba, NO_CLASS, NO_COUNT_COLOUR, quantileBreaks, rgb } from "../src/map/palette";
import { classesAt, measureTownships } from "../src/map/township_classes";

/** Relative luminance, WCAG 2. */
function luminance(colour: string): number {
  const [r, g, b] = rgb(colour).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

describe("the diverging scale", () => {
  it("grows darker on both sides, so that it reads without hue", () => {
    for (const side of [[0, 1, 2, 3], [0, -1, -2, -3]] as const) {
      const light = side.map((level) => luminance(LEVEL_COLOURS[level]));
      expect(light).toEqual([...light].sort((a, b) => b - a));
    }
  });

  it("has a colour of its own for every level, and hatches only what was not tested", () => {
    expect(new Set(Object.values(LEVEL_COLOURS)).size).toBe(LEVELS.length);
    expect(LEVELS.filter((level) => levelRgba(level)[3] < 200)).toEqual([127]);
    expect(levelRgba(Number.NaN)).toEqual(levelRgba(127));
  });
});

describe("the scale of counts", () => {
  it("grows darker step by step, so that it reads without hue", () => {
    const light = [NO_COUNT_COLOUR, ...COUNT_COLOURS].map(luminance);
    for (let i = 1; i < light.length; i++) {
      // WCAG's contrast of two tones: what lies below 1.2 the eye does not tell apart side by side.
      expect(((light[i - 1] as number) + 0.05) / ((light[i] as number) + 0.05)).toBeGreaterThan(1.2);
    }
  });
});

describe("township classes", () => {
  it("puts about as many values into each class", () => {
    const values = Array.from({ length: 100 }, (_, i) => (i * 37) % 100);
    const breaks = quantileBreaks(values);
    expect(breaks).toEqual([20, 40, 60, 80]);
    const sizes = [0, 0, 0, 0, 0];
    for (const value of values) sizes[classOf(value, breaks)]!++;
    expect(sizes).toEqual([20, 20, 20, 20, 20]);
  });

  it("copes with few and equal values", () => {
    expect(quantileBreaks([])).toEqual([]);
    expect(quantileBreaks([3, 3, 3])).toEqual([3]);
    expect(quantileBreaks([0, 0, 0, 4, 9])).toEqual([4, 9]);
  });

  const series: TownshipSeries = {
    codes: ["a", "b", "c"],
    names: ["甲", "乙", "丙"],
    counts: [[1, 2], [3, 4], [5, 6]],
    rates: [[1, 2], [3, 4], [null, null]],
    whole: [3, 7, 11],
    whole_rates: [3, 7, null],
    score: null,
    rank: null,
  };

  it("keeps a colour's meaning while the slider moves", () => {
    expect(measureTownships(series, 0)).toEqual(measureTownships(series, 1));
  });

  it("never draws a missing rate as the lowest", () => {
    const measure = measureTownships(series, 0);
    expect(measure.byRate).toBe(true);
    expect(classesAt(series, 0, measure)[2]).toBe(NO_CLASS);
  });

  it("falls back to counts where no population is known at all", () => {
    const measure = measureTownships({ ...series, rates: [[null, null], [null, null], [null, null]] }, 0);
    expect(measure.byRate).toBe(false);
  });
});

describe("marks of points", () => {
  it("shows high-frequency and unusually high points apart", () => {
    const marks = [
      pointIcon({ rules: ["week"], unusually_high: false }),
      pointIcon({ rules: [], unusually_high: true }),
      pointIcon({ rules: ["week"], unusually_high: true }),
    ];
    expect(new Set(marks).size).toBe(3);
  });
});
