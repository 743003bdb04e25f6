// Cases by period with the expected band; chosen periods are those of the slider.
import { formatNumber, formatTold } from "../format";
import { message } from "../messages";
import type { Views } from "./api";
import { ChartBox } from "./chart_box";
import { type Filter, toggled } from "./filter";

export class CurveView {
  readonly box: ChartBox;
  private labels: readonly string[] = [];
  private filter: Filter | null = null;

  constructor(change: (changes: Partial<Filter>) => void) {
    const pick = (index: number, add: boolean) => {
      const label = this.labels[index];
      if (label && this.filter) change({ periods: toggled(this.filter.periods, label, add) });
    };
    this.box = new ChartBox("curve", message("views.curve"), pick, () => change({ periods: [] }));
  }

  show({ series }: Views, filter: Filter): void {
    const { periods: points, band } = series;
    const unit = message(`unit.${filter.measure}`);
    this.filter = filter;
    this.labels = points.map(({ label }) => label);
    const note = band.known
      ? message("views.curve.band", { share: formatNumber(100 * band.coverage) })
      : band.needed === null
        ? message("views.curve.noCycle")
        : message("views.curve.noBand", { needed: formatNumber(band.needed) });
    this.box.show({
      option: (charts) => charts.curveOption({ points, name: message(`measure.${filter.measure}`), unit, chosen: filter.periods }),
      note,
      columns: [unit, message("views.expected"), message("views.band")],
      rows: points.map(({ label, count, expected, low, high }) => ({
        name: label,
        figures: [formatTold(count), formatNumber(expected), low === null ? "—" : `${formatNumber(low)}–${formatNumber(high)}`],
        chosen: filter.periods.includes(label),
      })),
    });
  }
}
