// Townships on the map by the filter: cases per residents, or plain numbers.
import type { Map as MapLibreMap } from "maplibre-gl";
import { classTownships } from "../map/overlays";
import { classOf, NO_CLASS, quantileBreaks } from "../map/palette";
import type { TownshipRow, Views } from "./api";
import type { Filter } from "./filter";

export class TownshipGround {
  breaks: readonly number[] = [];
  byRate = false;
  private rows: ReadonlyMap<string, TownshipRow> = new Map();

  constructor(private readonly map: MapLibreMap) {}

  paint({ townships }: Views, { denominator }: Filter): void {
    this.byRate = denominator === "population" && townships.populated > 0;
    this.rows = new Map(townships.rows.map((row) => [row.code, row]));
    const valueOf = (row: TownshipRow) => (this.byRate ? row.rate : row.count);
    this.breaks = quantileBreaks(townships.rows.map(valueOf).filter((value) => value !== null));
    const classes = townships.rows.map((row) => {
      const value = valueOf(row);
      return value === null ? NO_CLASS : classOf(value, this.breaks);
    });
    classTownships(this.map, townships.rows.map(({ code }) => code), classes);
  }

  rowOf(code: string): TownshipRow | undefined {
    return this.rows.get(code);
  }
}
