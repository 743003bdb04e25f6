// cells.bin: one binary file with every cell of a run and its values at every step.
// Layout: uint32 header length · JSON header · padding to 8 · columns, each aligned to 8 bytes, little endian.
// Cell ids come as differences of (id >> shift): small numbers that compress to a fraction of the ids.

interface Column {
  name: string;
  dtype: string;
  /** elements, not bytes */
  length: number;
  /** bytes from the start of the first column */
  offset: number;
}

interface Header {
  version: number;
  n: number;
  resolution: number;
  steps: number;
  shift: number;
  /** low bits that all cells of one resolution share, hexadecimal */
  suffix: string;
  /** whether some counts are not told to this reader */
  suppressed?: boolean;
  /** of each row, where expected counts come as shares of it */
  expected_totals?: number[];
  columns: Column[];
}

export type Numbers = Uint8Array | Uint16Array | Uint32Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** Expected counts: each one for itself, or each cell's share of every row's total. */
export type Expected = { each: Numbers } | { share: Numbers; totals: readonly number[] };

/** The values of one run. Rows of a column: 0 is the whole span, row 1 + i is step i. */
export interface Cells {
  n: number;
  resolution: number;
  steps: number;
  /** H3 ids, ascending */
  ids: BigUint64Array;
  count: Numbers;
  /** stands in `count` for a small count that is not told; null where all are */
  suppressed: number | null;
  level: Int8Array;
  expected: Expected | null;
  q: Numbers | null;
  /** kind of course over the whole span, one a cell; null where the run has none */
  category: Int8Array | null;
}

const READERS: Record<string, new (buffer: ArrayBuffer, offset: number, length: number) => Numbers> = {
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
};

/** A payload taken apart: its header, and a reader of columns that throws where one does not hold what it says. */
interface Parts {
  header: Header;
  read(name: string, length: number): Numbers | null;
}

function takeApart(buffer: ArrayBuffer): Parts {
  const headerLength = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, headerLength))) as Header;
  if (header.version !== 1) throw new Error(`cells.bin: version ${header.version}, this page reads 1`);
  const start = Math.ceil((4 + headerLength) / 8) * 8;
  const read = (name: string, length: number): Numbers | null => {
    const column = header.columns.find((candidate) => candidate.name === name);
    if (!column) return null;
    const Reader = READERS[column.dtype];
    if (!Reader || column.length !== length) {
      throw new Error(`cells.bin: column ${name} has ${column.length} ${column.dtype}, expected ${length}`);
    }
    return new Reader(buffer, start + column.offset, length);
  };
  return { header, read };
}

/** Decodes a payload; throws with the column's name when it does not hold what its header says. */
export function decodeCells(buffer: ArrayBuffer): Cells {
  const { header, read } = takeApart(buffer);
  const rows = header.n * (header.steps + 1);
  const deltas = read("cell_delta", header.n);
  const count = read("count", rows);
  const level = read("level", rows);
  if (!deltas || !count || !level) throw new Error("cells.bin: cell_delta, count or level is missing");
  return {
    n: header.n,
    resolution: header.resolution,
    steps: header.steps,
    ids: rebuildIds(deltas, header.shift, header.suffix),
    count,
    suppressed: header.suppressed ? greatest(count) : null,
    level: level as Int8Array,
    expected: readExpected(header, read),
    q: read("q", rows),
    category: read("category", header.n) as Int8Array | null,
  };
}

function readExpected({ n, steps, expected_totals: totals }: Header, read: Parts["read"]): Expected | null {
  const share = totals && read("expected_share", n);
  if (share) return { share, totals };
  const each = read("expected", n * (steps + 1));
  return each && { each };
}

/** The cells of a comparison of two periods, one value a cell. */
export interface Changes {
  n: number;
  resolution: number;
  /** H3 ids, ascending */
  ids: BigUint64Array;
  /** cases of the period compared with, and of this one */
  before: Numbers;
  after: Numbers;
  /** the neighbourhood's change over the city's; infinite without cases before, NaN where not tested */
  ratio: Numbers;
  /** significance as of hot spots, positive for a rise */
  level: Int8Array;
}

export function decodeChanges(buffer: ArrayBuffer): Changes {
  const { header, read } = takeApart(buffer);
  const column = (name: string): Numbers => {
    const values = read(name, header.n);
    if (!values) throw new Error(`cells.bin: ${name} is missing`);
    return values;
  };
  return {
    n: header.n,
    resolution: header.resolution,
    ids: rebuildIds(column("cell_delta"), header.shift, header.suffix),
    before: column("before"),
    after: column("after"),
    ratio: column("ratio"),
    level: column("level") as Int8Array,
  };
}

/** The count of a cell and step, "suppressed" where it is a small one that is not told. */
export function countAt(cells: Cells, at: number): number | "suppressed" {
  const count = cells.count[at] as number;
  return count === cells.suppressed ? "suppressed" : count;
}

/** The expected count of cell `index` at `step` (-1 is the whole span); null where none is known. */
export function expectedAt(cells: Cells, index: number, step: number): number | null {
  const { expected } = cells;
  if (!expected) return null;
  const value =
    "each" in expected
      ? (expected.each[valueAt(cells, index, step)] as number)
      : (expected.share[index] as number) * (expected.totals[step + 1] as number);
  return Number.isNaN(value) ? null : value;
}

function greatest(column: Numbers): number {
  return 2 ** (8 * column.BYTES_PER_ELEMENT) - 1;
}

/** H3 ids from running sums of `deltas`: (sum << shift) | suffix. */
export function rebuildIds(deltas: ArrayLike<number>, shift: number, suffix: string): BigUint64Array {
  const ids = new BigUint64Array(deltas.length);
  const bits = BigInt(shift);
  const low = BigInt(`0x${suffix.replace(/^0x/, "") || "0"}`);
  let value = 0;
  for (let i = 0; i < deltas.length; i++) {
    // Sums stay below 2^53 (an id has 60 bits, at least 12 of them in the suffix for resolutions up to 11).
    value += deltas[i] as number;
    ids[i] = (BigInt(value) << bits) | low;
  }
  return ids;
}

/** Position of an id in ascending `ids`, or -1. */
export function indexOfCell(ids: BigUint64Array, id: bigint): number {
  let low = 0;
  let high = ids.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = ids[middle] as bigint;
    if (found === id) return middle;
    if (found < id) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** Where in a column the value of cell `index` at `step` stands; step -1 is the whole span. */
export function valueAt(cells: Cells, index: number, step: number): number {
  return (step + 1) * cells.n + index;
}
