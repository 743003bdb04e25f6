// The size of cells that belongs to the map's zoom, for cells that are asked for when they are shown.
import type { Map as MapLibreMap } from "maplibre-gl";
import { type Size, sizeAt } from "../map/sizes";

/** A gesture of several zooms changes the size once, at its end, in milliseconds. */
export const SIZE_DELAY = 250;

export class SizeByZoom {
  private known: number;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly map: Pick<MapLibreMap, "getZoom" | "on">,
    private readonly sizes: readonly Size[],
    private readonly own: number,
    /** is called when another size belongs to the zoom than before */
    private readonly onChange: () => void,
  ) {
    this.known = this.read();
    map.on("zoomend", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.follow(), SIZE_DELAY);
    });
  }

  get current(): number {
    return this.known;
  }

  /** Takes the zoom as it is, for whoever draws anew anyway. */
  refresh(): void {
    this.known = this.read();
  }

  private follow(): void {
    const before = this.known;
    this.refresh();
    if (this.known !== before) this.onChange();
  }

  private read(): number {
    return sizeAt(this.sizes, this.map.getZoom(), this.own);
  }
}
