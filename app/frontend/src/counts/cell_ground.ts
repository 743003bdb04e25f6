// Counts of cells on the map: hexagons made anew for each filter, coloured anew for each step of the slider.
import type { Map as MapLibreMap } from "maplibre-gl";
import { formatTold } from "../format";
import { CellLayer } from "../map/cell_layer";
import { indexOfCell } from "../map/cells_payload";
import { buildHexagons } from "../map/hexagons";
import { classOf, COUNT_COLOURS, NO_COUNT_COLOUR, packRgba, rgb } from "../map/palette";
import { countBreaks } from "./classes";
import { type CellCounts, countsIn } from "./counts_payload";

/** Counts up to this are coloured by a table. */
const TABLED = 4096;
const BELOW = "township-outline";
const ID = "counted-cells";

export class CellGround {
  private layer: CellLayer | null = null;
  private cells: CellCounts | null = null;
  private counts: Float64Array = new Float64Array();
  private breaksOf: { whole: number[]; periods: number[] } = { whole: [], periods: [] };
  private visible = false;
  /** of what is drawn */
  breaks: readonly number[] = [];

  constructor(private readonly map: MapLibreMap) {
    map.on("webglcontextrestored", () => map.once("idle", () => this.addLayer()));
  }

  setCells(cells: CellCounts): void {
    if (this.cells === cells) return;
    this.cells = cells;
    this.breaksOf = { whole: countBreaks(cells.whole), periods: countBreaks(cells.count) };
    if (this.layer && this.map.getLayer(ID)) this.map.removeLayer(ID);
    this.layer = new CellLayer(buildHexagons(cells.ids), cells.n, ID);
    this.layer.visible = this.visible;
    this.addLayer();
  }

  /** Colours the cells by their counts in some periods; `of` where these do not add up over periods. */
  paint(labels: readonly string[], of: CellCounts | null = null): void {
    if (!this.cells || !this.layer) return;
    this.counts = of ? aligned(this.cells, of) : countsIn(this.cells, labels);
    // The classes of one period are those of all, so that a colour means the same while the slider moves.
    this.breaks = labels.length === 0 ? this.breaksOf.whole : labels.length === 1 ? this.breaksOf.periods : countBreaks(this.counts);
    const colours = colourTable(this.breaks);
    this.layer.paint((i) => colours[Math.min(this.counts[i] as number, TABLED)] as number);
  }

  show(visible: boolean): void {
    this.visible = visible;
    if (this.layer) this.layer.visible = visible;
    this.map.triggerRepaint();
  }

  /** Count of a cell by its name; null where it has no cases under the filter. */
  countAt(name: string): number | null {
    const index = this.cells ? indexOfCell(this.cells.ids, BigInt(`0x${name}`)) : -1;
    return index < 0 ? null : (this.counts[index] as number);
  }

  /** of the cells that are drawn */
  get resolution(): number | null {
    return this.cells?.resolution ?? null;
  }

  /** whether small counts are not told to this reader */
  get hidesSmall(): boolean {
    return (this.cells?.suppressed ?? null) !== null;
  }

  /** How the count of a cell is written. */
  write(count: number): string {
    return formatTold(count === this.cells?.suppressed ? -1 : count);
  }

  get sum(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  private addLayer(): void {
    if (!this.layer || this.map.getLayer(ID)) return;
    this.map.addLayer(this.layer, this.map.getLayer(BELOW) ? BELOW : undefined);
  }
}

/** Counts of `of` in the order of the cells of `cells`. */
function aligned(cells: CellCounts, of: CellCounts): Float64Array {
  const counts = new Float64Array(cells.n);
  for (let i = 0; i < of.n; i++) {
    const at = indexOfCell(cells.ids, of.ids[i] as bigint);
    if (at >= 0) counts[at] = of.whole[i] as number;
  }
  return counts;
}

/** Packed colour of every count; the last stands for all above. */
function colourTable(breaks: readonly number[]): Uint32Array {
  const packed = COUNT_COLOURS.map((colour) => packRgba([...rgb(colour), 255]));
  const nought = packRgba([...rgb(NO_COUNT_COLOUR), 255]);
  const first = COUNT_COLOURS.length - 1 - breaks.length;
  return Uint32Array.from({ length: TABLED + 1 }, (_, count) => {
    if (count === 0) return nought;
    // Fewer classes than colours: the darker ones are taken, which the ground does not swallow.
    return packed[Math.max(0, first) + classOf(count === TABLED ? Number.MAX_VALUE : count, breaks)] as number;
  });
}
