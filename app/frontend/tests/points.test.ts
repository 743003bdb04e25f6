import { describe, expect, it } from "vitest";
import type { DistrictShapes, PointSummary, TownshipShapes } from "../src/map/api";
import { townshipNamesZoom } from "../src/map/districts";
import { prominentPoints, rankPoints, STRONGEST } from "../src/map/points";

function point(id: string, reports: number, unusually_high: boolean, rules: string[] = ["week"]): PointSummary {
  const rest = { lng: 83, lat: 39, callers: null, top_caller_share: null, one_caller: false, main_class: null, q_value: null };
  return { id, name: id, reports, unusually_high, rules, ...rest };
}

describe("which points come first", () => {
  it("puts the unusually high before the merely frequent, then the larger", () => {
    const points = [point("a", 900, false), point("b", 10, true), point("c", 20, true, []), point("d", 950, false)];
    expect(rankPoints(points).map(({ id }) => id)).toEqual(["c", "b", "d", "a"]);
    expect(points[0]!.id).toBe("a");
  });

  it("shows from afar every unusually high point and the strongest of the others", () => {
    const frequent = Array.from({ length: 300 }, (_, i) => point(`f${i}`, 1000 - i, false));
    const unusual = Array.from({ length: 130 }, (_, i) => point(`u${i}`, i, true));
    const shown = prominentPoints([...frequent, ...unusual]);
    expect(shown.size).toBe(unusual.length + STRONGEST);
    expect(unusual.every(({ id }) => shown.has(id))).toBe(true);
    expect(shown.has(`f${STRONGEST - 1}`)).toBe(true);
    expect(shown.has(`f${STRONGEST}`)).toBe(false);
  });
});

describe("names of townships", () => {
  const square = (west: number, width: number) => ({
    type: "Feature" as const,
    properties: { code: "a", name: "甲", district: "D", lng: west, lat: 39 },
    geometry: {
      type: "Polygon" as const,
      coordinates: [[[west, 39], [west + width, 39], [west + width, 39.1], [west, 39]]],
    },
  });
  const townships = (width: number): TownshipShapes => ({
    type: "FeatureCollection",
    features: [square(83, width / 9), square(84, width), square(85, width * 9)],
  });
  const none: DistrictShapes = { type: "FeatureCollection", features: [] };
  const one = { ...none, features: [{ ...square(83, 1), properties: { code: "D", name: "区", lng: 83, lat: 39 } }] };

  it("wait until the middle township is wide enough on the screen", () => {
    const zoom = townshipNamesZoom(townships(0.05), one);
    expect((0.05 / 360) * 512 * 2 ** zoom).toBeCloseTo(72, 6);
  });

  it("stand from the start where there is no district to name instead", () => {
    expect(townshipNamesZoom(townships(0.05), none)).toBe(0);
  });
});
