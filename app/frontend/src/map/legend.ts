// What the colours and marks mean, for the layers that are on.
import { element } from "../dom";
import { formatNumber } from "../format";
import { type MessageKey, message } from "../messages";
import { addresses, type PointSummary, type RunData } from "./api";
import { type Definitions, swatch } from "./definitions";
import { iconCanvas, type IconName } from "./icons";
import {
  CATEGORIES,
  CATEGORY_COLOURS,
  categoryPattern,
  CLUSTER,
  LEVEL_COLOURS,
  LEVELS,
  MISSING_COLOUR,
  NOT_TESTED,
  STANDING_COLOURS,
  STANDINGS,
  TOWNSHIP_COLOURS,
} from "./palette";
import { STRONGEST } from "./points";
import { may } from "./rights";
import { type LayerName, WHOLE_SPAN } from "./state";
import type { TownshipMeasure } from "./township_classes";

const PROJECT_MARKS: [IconName, MessageKey][] = [
  ["project-planned", "status.planned"],
  ["project-under_way", "status.under_way"],
  ["project-done", "status.done"],
  ["project-fell", "effect.fell"],
  ["project-no_sign", "effect.no_sign"],
  ["project-rose", "effect.rose"],
];

/** What a legend speaks of. */
export interface LegendFacts {
  run: RunData;
  /** of the cells that are shown */
  resolution: number;
  layers: ReadonlySet<LayerName>;
  step: number;
  measure: TownshipMeasure;
  definitions: Definitions;
  /** of the ground that follows the filter, where it is on; and what to say of the layers that do not */
  counted: HTMLElement[];
  /** opens the definition of a layer, at one of its terms */
  define(layer: LayerName, term?: string): void;
}

export function renderLegend(container: HTMLElement, facts: LegendFacts): void {
  const { layers, run, measure } = facts;
  const groups: HTMLElement[] = [];
  if (layers.has("cells")) groups.push(cellsGroup(facts));
  else if (layers.has("emerging")) groups.push(emergingGroup(facts));
  else if (layers.has("townships")) groups.push(townshipsGroup(measure));
  if (layers.has("clusters")) groups.push(clustersGroup(facts));
  if (layers.has("points") || layers.has("unusual")) groups.push(pointsGroup(layers, run));
  if (layers.has("projects")) groups.push(marksGroup("legend.projects", PROJECT_MARKS));
  if (layers.has("warnings")) groups.push(standingsGroup(run));
  bodyOf(container).replaceChildren(...facts.counted, ...groups);
}

/** The part below the heading by which a reader folds the legend away from the map. */
function bodyOf(container: HTMLElement): HTMLElement {
  const found = container.querySelector<HTMLElement>(".legend-body");
  if (found) return found;
  const body = element("div", { class: "legend-body" });
  container.append(element("details", { open: true }, element("summary", {}, message("legend.title")), body));
  return body;
}

function cellsGroup({ run: { meta }, resolution }: LegendFacts): HTMLElement {
  const items = LEVELS.map((level) => {
    const pattern = level === NOT_TESTED ? "hatched" : "solid";
    return element("li", {}, swatch(LEVEL_COLOURS[level], pattern), message(`level.${level}`));
  });
  const how = message(meta.population === false ? "legend.cells.note.plain" : "legend.cells.note");
  const size = meta.sizes.length > 1 ? message("legend.cells.size", { resolution: String(resolution) }) : "";
  const note = how + size;
  return group(message("legend.cells"), items, note);
}

/** The kinds that the run has; each opens what exactly it means. */
function emergingGroup({ definitions, define }: LegendFacts): HTMLElement {
  const { terms, missing } = definitions.emerging;
  if (missing) return missingGroup("legend.emerging", missing);
  const items = CATEGORIES.flatMap((category) => {
    const term = terms.find(({ key }) => key === String(category));
    if (!term?.count) return [];
    const mark = swatch(CATEGORY_COLOURS[category], categoryPattern(category));
    const button = element("button", { type: "button" }, mark, element("span", {}, term.name), element("b", {}, formatNumber(term.count)));
    button.title = term.text;
    button.addEventListener("click", () => define("emerging", term.key));
    return element("li", {}, button);
  });
  return group(message("legend.emerging"), items, message("legend.emerging.note"));
}

function clustersGroup({ run, step, definitions }: LegendFacts): HTMLElement {
  const { missing } = definitions.clusters;
  if (missing) return missingGroup("legend.clusters", missing);
  const title = message("legend.clusters");
  const all = run.clusters.features;
  const shown = all.filter(({ properties: { start, end } }) => step === WHOLE_SPAN || (start <= step && step <= end));
  if (!all.length) return group(title, [], message("legend.clusters.none"));
  const line = element("span", { class: "legend-line" });
  line.style.setProperty("--swatch", CLUSTER);
  const items = [
    element("li", {}, line, message("legend.clusters.outline")),
    element("li", {}, iconMark("cluster"), message("legend.clusters.rank")),
  ];
  const numbers = { shown: formatNumber(shown.length), all: formatNumber(all.length) };
  return group(title, items, message("legend.clusters.note", numbers));
}

/** Townships that were split or merged are in other boundaries than the run's: told, not drawn. */
function standingsGroup({ standings: all, townships }: RunData): HTMLElement {
  const drawn = new Set(townships.features.map(({ properties }) => properties.code));
  const standings = all.filter(({ code }) => drawn.has(code));
  const apart = all.length - standings.length;
  const title = message("legend.warnings");
  if (!all.length) return group(title, [], message("legend.warnings.none"));
  const items = STANDINGS.flatMap((standing) => {
    const count = standings.filter((each) => each.standing === standing).length;
    if (!count) return [];
    const line = element("span", { class: "legend-line" });
    line.style.setProperty("--swatch", STANDING_COLOURS[standing]);
    return element("li", {}, line, message(`standing.${standing}`), element("b", {}, formatNumber(count)));
  });
  return group(title, items, apart ? message("legend.warnings.apart", { n: formatNumber(apart) }) : "");
}

/** Why the run does not have the layer, and the way to one that has. */
function missingGroup(title: MessageKey, why: string): HTMLElement {
  const made = group(message(title), [], why);
  if (may("analyse")) {
    made.append(element("a", { class: "legend-note", href: addresses.analyse }, message("legend.again")));
  }
  return made;
}

function townshipsGroup({ breaks, byRate }: TownshipMeasure): HTMLElement {
  const shown = (value: number | undefined) => formatNumber(value, byRate ? 1 : 0);
  const named = (colour: string, label: string) => element("li", {}, swatch(colour, "solid"), label);
  const items = TOWNSHIP_COLOURS.slice(0, breaks.length + 1).map((colour, i) => {
    if (i === 0) return named(colour, breaks.length ? `< ${shown(breaks[0])}` : "—");
    const upper = i < breaks.length ? `–${shown(breaks[i])}` : "+";
    return named(colour, `${shown(breaks[i - 1])}${upper}`);
  });
  if (byRate) items.push(named(MISSING_COLOUR, message("legend.townships.missing")));
  return group(message(byRate ? "legend.townships.rate" : "legend.townships.count"), items);
}

/** The kinds that are on; where both are, a point may be both. */
function pointsGroup(layers: ReadonlySet<LayerName>, { points }: RunData): HTMLElement {
  const [high, unusual] = [layers.has("points"), layers.has("unusual")];
  const marks: [IconName, MessageKey][] = [];
  if (high) marks.push(["point-high", "legend.points.high"]);
  if (unusual) marks.push(["point-unusual", "legend.points.unusual"]);
  if (high && unusual) marks.push(["point-both", "legend.points.both"]);
  return marksGroup("legend.points", marks, pointsNote(points, high, unusual));
}

/** How many there are of the kinds shown, when all are drawn, and that they are of the whole span. */
function pointsNote(points: readonly PointSummary[], high: boolean, unusual: boolean): string {
  const shown = points.filter((point) => (high && point.rules.length) || (unusual && point.unusually_high));
  const numbers = { strongest: formatNumber(STRONGEST), all: formatNumber(shown.length) };
  const whole = message("legend.points.whole", numbers);
  if (!high || shown.length <= STRONGEST) return whole;
  return whole + message(unusual ? "legend.points.note" : "legend.points.note.high", numbers);
}

function marksGroup(title: MessageKey, marks: [IconName, MessageKey][], note = ""): HTMLElement {
  const items = marks.map(([icon, key]) => element("li", {}, iconMark(icon), message(key)));
  return group(message(title), items, note);
}

function iconMark(icon: IconName): HTMLCanvasElement {
  const mark = iconCanvas(icon);
  mark.className = "legend-icon";
  return mark;
}

export function group(title: string, items: HTMLElement[], note = ""): HTMLElement {
  return element(
    "section",
    { class: "legend-group" },
    element("h3", note ? { title: note } : {}, title),
    items.length ? element("ul", {}, ...items) : null,
    note ? element("p", { class: "legend-note" }, note) : null,
  );
}
