import { cellToBoundary, gridDisk, h3IndexToSplitLong, latLngToCell } from "h3-js";
import { describe, expect, it } from "vitest";
import { countAt, decodeCells, expectedAt, indexOfCell, rebuildIds, valueAt } from "../src/map/cells_payload";
import { formatCount } from "../src/format";
import { buildHexagons, cellRing, mercator, splitId } from "../src/map/hexagons";

const RESOLUTION = 9;
const SHIFT = 3 * (15 - RESOLUTION);
const names = gridDisk(latLngToCell(39, 83, RESOLUTION), 12).sort();
const ids = names.map((name) => BigInt(`0x${name}`));

interface Column {
  name: string;
  dtype: string;
  data: ArrayBufferView & { length: number };
}

/** A payload written the slow way, straight from the description of the format. */
function encode(columns: Column[], extra: object = {}): ArrayBuffer {
  let offset = 0;
  const described = columns.map(({ name, dtype, data }) => {
    const entry = { name, dtype, length: data.length, offset };
    offset += Math.ceil(data.byteLength / 8) * 8;
    return entry;
  });
  const suffix = (ids[0]! & ((1n << BigInt(SHIFT)) - 1n)).toString(16);
  const header = { version: 1, n: ids.length, resolution: RESOLUTION, steps: 1, shift: SHIFT, suffix, ...extra };
  const text = new TextEncoder().encode(JSON.stringify({ ...header, columns: described }));
  const start = Math.ceil((4 + text.length) / 8) * 8;
  const bytes = new Uint8Array(start + offset);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 4);
  columns.forEach(({ data }, i) => {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start + described[i]!.offset);
  });
  return bytes.buffer;
}

function deltas(): Float64Array {
  const short = ids.map((id) => Number(id >> BigInt(SHIFT)));
  return Float64Array.from(short, (value, i) => (i ? value - short[i - 1]! : value));
}

const n = ids.length;
const columns = (): Column[] => [
  { name: "cell_delta", dtype: "float64", data: deltas() },
  { name: "count", dtype: "uint16", data: Uint16Array.from({ length: 2 * n }, (_, i) => i) },
  { name: "level", dtype: "int8", data: Int8Array.from({ length: 2 * n }, (_, i) => (i % 7) - 3) },
];

describe("cells.bin", () => {
  it("gives back the ids and values that went in", () => {
    const cells = decodeCells(encode(columns()));
    expect([...cells.ids]).toEqual(ids);
    expect(cells.count[valueAt(cells, 5, -1)]).toBe(5);
    expect(cells.count[valueAt(cells, 5, 0)]).toBe(n + 5);
    expect(cells.level[1]).toBe(-2);
    expect(cells.expected).toBeNull();
  });

  it("has a kind of course for each cell where the run has them", () => {
    const kinds = Int8Array.from({ length: n }, (_, i) => (i % 17) - 8);
    const cells = decodeCells(encode([...columns(), { name: "category", dtype: "int8", data: kinds }]));
    expect([...(cells.category ?? [])]).toEqual([...kinds]);
    expect(decodeCells(encode(columns())).category).toBeNull();
  });

  it("tells expected counts, each for itself or as shares of the rows' totals", () => {
    const share = Float32Array.from({ length: n }, (_, i) => (i ? 0.25 : NaN));
    const shared = decodeCells(encode([...columns(), { name: "expected_share", dtype: "float32", data: share }], { expected_totals: [40, 8] }));
    expect([expectedAt(shared, 1, -1), expectedAt(shared, 1, 0), expectedAt(shared, 0, 0)]).toEqual([10, 2, null]);
    const each = Float32Array.from({ length: 2 * n }, (_, i) => (i ? i : NaN));
    const single = decodeCells(encode([...columns(), { name: "expected", dtype: "float32", data: each }]));
    expect([expectedAt(single, 0, -1), expectedAt(single, 1, -1), expectedAt(single, 1, 0)]).toEqual([null, 1, n + 1]);
    expect(expectedAt(decodeCells(encode(columns())), 1, 0)).toBeNull();
  });

  it("tells small counts apart that this reader may not see", () => {
    const some = columns();
    some[1]!.data = Uint16Array.from({ length: 2 * n }, (_, i) => (i % 3 ? 10 : 65535));
    const cells = decodeCells(encode(some, { suppressed: true }));
    expect([countAt(cells, 0), countAt(cells, 1)]).toEqual(["suppressed", 10]);
    expect([formatCount(countAt(cells, 0), "en"), formatCount(countAt(cells, 1), "en")]).toEqual(["<5", "10"]);
    some[1] = { name: "count", dtype: "uint32", data: Uint32Array.from({ length: 2 * n }, (_, i) => (i ? 70_000 : 2 ** 32 - 1)) };
    const large = decodeCells(encode(some, { suppressed: true }));
    expect([countAt(large, 0), countAt(large, 1)]).toEqual(["suppressed", 70_000]);
  });

  it("reads the greatest value as a count where nothing is left out", () => {
    const some = columns();
    some[1]!.data = new Uint16Array(2 * n).fill(65535);
    expect(countAt(decodeCells(encode(some)), 0)).toBe(65535);
  });

  it("rebuilds ids at the finest resolution of the store", () => {
    const id = BigInt(`0x${latLngToCell(39, 83, 11)}`);
    const suffix = (id & 0xfffn).toString(16);
    expect(rebuildIds([Number(id >> 12n)], 12, suffix)[0]).toBe(id);
  });

  it("names a column that is not as long as announced", () => {
    const wrong = columns();
    wrong[1]!.data = new Uint16Array(3);
    expect(() => decodeCells(encode(wrong))).toThrow("count has 3 uint16");
  });

  it("refuses a version it does not know, and a file without levels", () => {
    expect(() => decodeCells(encode(columns(), { version: 2 }))).toThrow("version 2");
    expect(() => decodeCells(encode(columns().slice(0, 2)))).toThrow("missing");
  });

  it("finds every cell by its id and no other", () => {
    const { ids: found } = decodeCells(encode(columns()));
    ids.forEach((id, i) => expect(indexOfCell(found, id)).toBe(i));
    expect(indexOfCell(found, ids[0]! - 1n)).toBe(-1);
    expect(indexOfCell(found, 1n << 60n)).toBe(-1);
  });
});

describe("hexagons", () => {
  it("splits an id as h3-js does", () => {
    for (const [i, name] of names.entries()) expect(splitId(ids[i]!)).toEqual(h3IndexToSplitLong(name));
  });

  it("puts every corner where h3 has it, to a centimetre", () => {
    const mesh = buildHexagons(BigUint64Array.from(ids));
    const worldMetres = 40_075_017;
    expect(mesh.triangles.length).toBe(n * 18);
    const corner = (cell: number, k: number) => cell * 7 + 1 + k;
    for (const cell of [0, 7, n - 1]) {
      cellToBoundary(names[cell]!).forEach(([lat, lng], k) => {
        const [east, south] = mercator(lng, lat);
        const vertex = corner(cell, k);
        expect(mesh.cellAndRim[vertex]).toBe(cell * 2 + 1);
        const dx = mesh.positions[vertex * 2]! + mesh.anchor[0] - east;
        const dy = mesh.positions[vertex * 2 + 1]! + mesh.anchor[1] - south;
        expect(Math.hypot(dx, dy) * worldMetres).toBeLessThan(0.01);
      });
    }
  });

  it("closes the ring of an outline", () => {
    const ring = cellRing(ids[0]!);
    expect(ring.length).toBe(7);
    expect(ring[0]).toEqual(ring[6]);
  });

  it("knows web mercator's fixed points", () => {
    expect(mercator(0, 0)[0]).toBe(0.5);
    expect(mercator(0, 0)[1]).toBeCloseTo(0.5, 12);
    expect(mercator(180, 85.0511287798066)[1]).toBeCloseTo(0, 10);
  });
});
