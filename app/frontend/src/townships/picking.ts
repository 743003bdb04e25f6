// A table of townships and a map of them choose in each other.
import type { Colours, TownshipMap } from "./map";
import { TownshipRows } from "./rows";

export class TownshipPicking {
  readonly rows: TownshipRows;
  private map: TownshipMap | null = null;

  constructor(table: HTMLElement) {
    this.rows = new TownshipRows(table, (code) => this.select(code, { scroll: false }));
  }

  /** MapLibre is large: the table is there before it comes. */
  async startMap(container: HTMLElement, legend: HTMLElement | null, colours: () => Colours): Promise<void> {
    const { TownshipMap } = await import("./map");
    this.map = TownshipMap.start(container, legend, (code) => this.select(code, { scroll: true }));
    this.show(colours());
  }

  show(colours: Colours): void {
    this.map?.show(colours);
  }

  private select(code: string, { scroll }: { scroll: boolean }): void {
    this.rows.select(code, { scroll });
    this.map?.select(code);
  }
}
