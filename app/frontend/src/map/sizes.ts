// Cells in several sizes: coarser ones from afar, finer ones near by. Each size has its own tests and colours.
import { fetchCells, type RunData } from "./api";
import { CellLayer } from "./cell_layer";
import type { Cells } from "./cells_payload";
import { buildHexagons } from "./hexagons";

/** One size and the zoom from which it is shown; the server knows the rule. */
export interface Size {
  resolution: number;
  from_zoom: number;
}

export interface SizedCells {
  cells: Cells;
  layer: CellLayer;
}

/** The finest of the sizes, coarsest first, that is shown at a zoom. */
export function sizeAt(sizes: readonly Size[], zoom: number, own: number): number {
  return sizes.filter(({ from_zoom }) => from_zoom <= zoom).at(-1)?.resolution ?? own;
}

/** The cells of a run by size; others than its own come when they are first asked for. */
export class CellSizes {
  private readonly found = new Map<number, Promise<SizedCells>>();
  readonly own: SizedCells;

  constructor(private readonly run: RunData) {
    this.own = sized(run.cells);
    this.found.set(run.cells.resolution, Promise.resolve(this.own));
  }

  get(resolution: number): Promise<SizedCells> {
    const known = this.found.get(resolution);
    if (known) return known;
    const asked = fetchCells(this.run.meta.id, resolution).then(sized);
    // What failed once, for want of a connection, may be asked for again.
    asked.catch(() => this.found.delete(resolution));
    this.found.set(resolution, asked);
    return asked;
  }
}

function sized(cells: Cells): SizedCells {
  return { cells, layer: new CellLayer(buildHexagons(cells.ids), cells.n) };
}
