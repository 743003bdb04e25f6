// /hotspots/counts/cells.bin: cells with cases and their counts by period, those that are not nought alone.
import { rebuildIds } from "../map/cells_payload";
import type { Numbers } from "../map/cells_payload";

export interface Period {
  label: string;
  from: string;
  /** exclusive */
  to: string;
  days: number;
}

export interface Parts {
  all: number;
  located: number;
  township_only: number;
  unlocated: number;
}

export interface CellCounts {
  n: number;
  resolution: number;
  /** what stands for a small count that is not told; null where all are */
  suppressed: number | null;
  periods: readonly Period[];
  totals: readonly Parts[];
  ids: BigUint64Array;
  /** counts of period i stand from start[i] until before start[i + 1] */
  start: Numbers;
  /** which cell each count is of */
  place: Uint32Array;
  count: Numbers;
  /** of all periods together: a caller counts once */
  whole: Numbers;
}

interface Header {
  version: number;
  n: number;
  resolution: number;
  shift: number;
  suffix: string;
  periods: Period[];
  suppressed?: number;
  totals: Parts[];
  columns: { name: string; dtype: string; length: number; offset: number }[];
}

const READERS: Record<string, new (buffer: ArrayBuffer, offset: number, length: number) => Numbers> = {
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  float64: Float64Array,
};

export function decodeCounts(buffer: ArrayBuffer): CellCounts {
  const headerLength = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, headerLength))) as Header;
  if (header.version !== 2) throw new Error(`counts/cells.bin: version ${header.version}, this page reads 2`);
  const begin = Math.ceil((4 + headerLength) / 8) * 8;
  const read = (name: string): Numbers => {
    const column = header.columns.find((each) => each.name === name);
    const Reader = column && READERS[column.dtype];
    if (!column || !Reader) throw new Error(`counts/cells.bin: column ${name} is missing`);
    return new Reader(buffer, begin + column.offset, column.length);
  };
  const start = read("start");
  const { n, resolution, periods, totals, shift, suffix } = header;
  const ids = rebuildIds(read("cell_delta"), shift, suffix);
  return { n, resolution, suppressed: header.suppressed ?? null, periods, totals, ids, start, place: sumUp(read("place"), start), count: read("count"), whole: read("whole") };
}

/** Counts of cells in some periods; in all of them where none is named. Reports alone add up over periods. */
export function countsIn(cells: CellCounts, labels: readonly string[]): Float64Array {
  if (!labels.length) return Float64Array.from(cells.whole);
  const counts = new Float64Array(cells.n);
  cells.periods.forEach(({ label }, period) => {
    if (!labels.includes(label)) return;
    const end = cells.start[period + 1] as number;
    for (let i = cells.start[period] as number; i < end; i++) counts[cells.place[i] as number]! += cells.count[i] as number;
  });
  return counts;
}

/** Places from their differences, which begin anew with each period. */
function sumUp(differences: Numbers, start: Numbers): Uint32Array {
  const places = new Uint32Array(differences.length);
  for (let period = 0; period + 1 < start.length; period++) {
    let place = 0;
    for (let i = start[period] as number; i < (start[period + 1] as number); i++) {
      place += differences[i] as number;
      places[i] = place;
    }
  }
  return places;
}
