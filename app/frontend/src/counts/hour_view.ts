// Cases by weekday and hour.
import { formatNumber, formatTold } from "../format";
import { type MessageKey, message } from "../messages";
import type { Views } from "./api";
import { ChartBox } from "./chart_box";
import { type Filter, toggled } from "./filter";

export class HourView {
  readonly box: ChartBox;
  private filter: Filter | null = null;

  constructor(change: (changes: Partial<Filter>) => void) {
    const pick = (index: number, add: boolean) => {
      if (this.filter) change({ hours: toggled(this.filter.hours, index, add) });
    };
    this.box = new ChartBox("hours", message("views.hours"), pick, () => change({ hours: [] }));
  }

  show({ hours: counts }: Views, filter: Filter): void {
    this.filter = filter;
    const unit = message(`unit.${filter.measure}`);
    const days = counts.map((_, day) => message(`weekday.${day}` as MessageKey));
    this.box.show({
      option: (charts) => charts.heatOption({ counts, rows: days, unit, chosen: filter.hours }),
      note: message("views.hours.about", { most: formatNumber(Math.max(...counts.flat())), unit }),
      columns: [unit],
      rows: counts.flatMap((row, day) =>
        row.map((count, hour) => ({
          name: `${days[day]} ${hour}:00`,
          figures: [formatTold(count)],
          chosen: filter.hours.includes(day * row.length + hour),
        })),
      ),
    });
  }
}
