import { describe, expect, it } from "vitest";
import { spread } from "../src/map/spread";

const WIDTH = 28;

/** Distances between the marks as they are drawn. */
function gaps(points: [number, number][]): number[] {
  const shown = spread(points, WIDTH).map(([dx, dy], i) => [(points[i]?.[0] ?? 0) + dx, (points[i]?.[1] ?? 0) + dy] as const);
  return shown.flatMap(([x, y], i) => shown.slice(i + 1).map(([u, v]) => Math.hypot(x - u, y - v)));
}

describe("numbered marks", () => {
  it("stay where they are with room between them", () => {
    const far: [number, number][] = [[0, 0], [40, 0], [0, 90]];
    expect(spread(far, WIDTH)).toEqual([[0, 0], [0, 0], [0, 0]]);
  });

  it("keep the first and move the others aside where points are near or the same", () => {
    const near: [number, number][] = [[100, 100], [100, 100], [104, 98], [100, 100], [90, 101], [131, 100], [100, 128]];
    expect(spread(near, WIDTH)[0]).toEqual([0, 0]);
    expect(Math.min(...gaps(near))).toBeGreaterThanOrEqual(WIDTH);
    const same = Array.from({ length: 15 }, (): [number, number] => [7, 7]);
    expect(Math.min(...gaps(same))).toBeGreaterThanOrEqual(WIDTH);
  });
});
