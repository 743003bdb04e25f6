import { describe, expect, it } from "vitest";
import { decodeChanges } from "../src/map/cells_payload";
import { type ComparisonMeta, changeColour, countColour } from "../src/map/comparison_legend";
import { formatComparison, parseComparison } from "../src/map/comparison_state";

const CELL = "8920d8b5bd7ffff";

describe("the address of a comparison", () => {
  it("comes back as it was written", () => {
    const state = { shown: "sides", cell: CELL, view: { zoom: 12.5, lat: 39.05, lng: 83.1 } } as const;
    expect(parseComparison(formatComparison(state))).toEqual(state);
    expect(formatComparison(state)).toBe(`?show=sides&cell=${CELL}&view=12.50/39.05000/83.10000`);
  });
  it("takes defaults for what it does not say, or says wrongly", () => {
    const plain = { shown: "change", cell: null, view: null };
    expect(parseComparison("")).toEqual(plain);
    expect(parseComparison("?show=both&cell=<b>&view=1/2")).toEqual(plain);
  });
});

/** A payload as the server packs it. */
function packed(columns: Record<string, Float64Array | Float32Array | Uint16Array | Int8Array>): ArrayBuffer {
  const dtypes: Record<string, string> = { Float64Array: "float64", Float32Array: "float32", Uint16Array: "uint16", Int8Array: "int8" };
  let offset = 0;
  const described = Object.entries(columns).map(([name, column]) => {
    const made = { name, dtype: dtypes[column.constructor.name], length: column.length, offset };
    offset += Math.ceil(column.byteLength / 8) * 8;
    return made;
  });
  const header = { version: 1, n: 2, resolution: 9, shift: 18, suffix: "3ffff", columns: described };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = Math.ceil((4 + text.length) / 8) * 8;
  const buffer = new ArrayBuffer(start + offset);
  new DataView(buffer).setUint32(0, text.length, true);
  new Uint8Array(buffer, 4, text.length).set(text);
  Object.values(columns).forEach((column, i) => {
    const bytes = new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
    new Uint8Array(buffer, start + (described[i]?.offset ?? 0), column.byteLength).set(bytes);
  });
  return buffer;
}

const COLUMNS = {
  cell_delta: Float64Array.of(7, 2),
  before: Uint16Array.of(3, 0),
  after: Uint16Array.of(1, 4),
  ratio: Float32Array.of(0.25, Number.POSITIVE_INFINITY),
  level: Int8Array.of(-2, 3),
};

describe("the cells of a comparison", () => {
  it("are read as the server packs them", () => {
    const changes = decodeChanges(packed(COLUMNS));
    expect([...changes.ids]).toEqual([(7n << 18n) | 0x3ffffn, (9n << 18n) | 0x3ffffn]);
    expect([...changes.before]).toEqual([3, 0]);
    expect([...changes.after]).toEqual([1, 4]);
    expect([...changes.ratio]).toEqual([0.25, Number.POSITIVE_INFINITY]);
    expect(changeColour(changes, 0)).not.toBe(changeColour(changes, 1));
  });
  it("are refused where a column is missing", () => {
    const { ratio: _, ...rest } = COLUMNS;
    expect(() => decodeChanges(packed(rest))).toThrow("ratio is missing");
  });
});

describe("the colour of a count", () => {
  const meta = { breaks: [2, 4], per_days: 30 } as unknown as ComparisonMeta;
  it("is the same for the same number a day", () => {
    expect(countColour(meta, 3, 30)).toBe(countColour(meta, 6, 60));
    expect(countColour(meta, 3, 30)).not.toBe(countColour(meta, 3, 15));
  });
  it("tells none from few", () => {
    expect(countColour(meta, 0, 30)).not.toBe(countColour(meta, 1, 30));
  });
});
