import { expect, test } from "vitest";
import { addressOf } from "../src/page/take_away";

const SEARCH = "?run=0123456789abcdef&step=3&layer=cells,points&selected=cell:8920&view=10.00/39.00000/83.00000";

test("an address carries the whole state, and stays the same when it is given again", () => {
  const once = addressOf("/hotspots/runs/a/take-away/csv?of=points", SEARCH, null);
  const query = new URLSearchParams(once.split("?")[1]);
  expect(Object.fromEntries(query)).toEqual({ ...Object.fromEntries(new URLSearchParams(SEARCH)), of: "points" });
  expect(addressOf(once, SEARCH, null)).toBe(once);
});

test("a state that has changed replaces the former one", () => {
  const once = addressOf("/a/png", SEARCH, { width: 800, height: 600 });
  const next = addressOf(once, "?step=5", { width: 400, height: 300 });
  expect(next).toBe("/a/png?step=5&width=400&height=300");
});

test("without a state the address stays plain", () => {
  expect(addressOf("/a/xlsx", "", null)).toBe("/a/xlsx");
});

test("counted cells are taken of the size drawn, unless one is chosen", () => {
  expect(addressOf("/hotspots/counts/take-away/csv", "?layer=counts", null, "8")).toBe("/hotspots/counts/take-away/csv?layer=counts&size=8");
  expect(addressOf("/hotspots/counts/take-away/csv", "?resolution=9", null, "8")).toBe("/hotspots/counts/take-away/csv?resolution=9");
  expect(addressOf("/hotspots/runs/a/take-away/csv", "?step=3", null, "8")).toBe("/hotspots/runs/a/take-away/csv?step=3");
});
