// What the small box beside the pointer says of the thing below it.
import { formatCount, formatNumber } from "../format";
import { type MessageKey, message } from "../messages";
import type { RunData } from "./api";
import { countAt, expectedAt, valueAt } from "./cells_payload";
import { categoryName, type Definitions } from "./definitions";
import { during } from "./panel_parts";
import type { Places } from "./places";
import { registeredAs } from "./points";
import type { Selected, State } from "./state";
import { valuesAt } from "./township_classes";

export interface HoverFacts {
  run: RunData;
  places: Places;
  definitions: Definitions;
  state: State;
}

/** Lines about a cell: where it lies, what its colour says, its count beside the expected one. */
export function cellLines({ run, places, definitions, state }: HoverFacts, index: number, township: string | null): string[] {
  const { cells } = run;
  const at = valueAt(cells, index, state.step);
  const expected = expectedAt(cells, index, state.step);
  const category = state.layers.has("emerging") ? cells.category?.[index] : undefined;
  const course = category === undefined ? null : categoryName(definitions, category);
  const lines = [
    ...(township ? [places.nameOf({ kind: "township", id: township })] : []),
    course ?? message(`level.${cells.level[at]}` as MessageKey),
    message(`hover.count.${run.meta.measure ?? "reports"}`, { count: formatCount(countAt(cells, at)) }),
  ];
  if (expected !== null) {
    lines.push(message(`hover.expected.${run.meta.measure ?? "reports"}`, { expected: formatNumber(expected, 1) }));
  }
  return lines;
}

export function placeLines({ run, places, state }: HoverFacts, selected: Selected): string[] {
  const name = places.nameOf(selected);
  if (selected.kind === "township") {
    const count = valuesAt(run.series, state.step, false)[run.series.codes.indexOf(selected.id)];
    return [name, message("hover.count.reports", { count: formatNumber(count) })];
  }
  if (selected.kind === "point") {
    const point = run.points.find(({ id }) => id === selected.id);
    const alone = point?.one_caller ? [message("points.oneCaller")] : [];
    const register = point?.registered_as ? [registeredAs(point)] : [];
    return [name, message("hover.point", { count: formatNumber(point?.reports) }), ...register, ...alone];
  }
  const cluster = run.clusters.features.find(({ properties }) => String(properties.rank) === selected.id)?.properties;
  if (selected.kind !== "cluster" || !cluster) return [name];
  return [
    name,
    message("cluster.hover", {
      during: during(run.meta.steps, cluster.start, cluster.end),
      observed: formatNumber(cluster.observed),
      expected: formatNumber(cluster.expected, 1),
    }),
  ];
}
