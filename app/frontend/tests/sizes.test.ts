import { expect, test } from "vitest";
import { sizeAt } from "../src/map/sizes";

const SIZES = [
  { resolution: 8, from_zoom: 0 },
  { resolution: 9, from_zoom: 9.2 },
  { resolution: 10, from_zoom: 12.3 },
];

test("the finest size is shown whose zoom has been reached", () => {
  expect([3, 9.19, 9.2, 12.29, 12.3, 18].map((zoom) => sizeAt(SIZES, zoom, 9))).toEqual([8, 8, 9, 9, 10, 10]);
});

test("a run with one size shows it at every zoom", () => {
  expect([3, 18].map((zoom) => sizeAt([{ resolution: 9, from_zoom: 0 }], zoom, 9))).toEqual([9, 9]);
});
