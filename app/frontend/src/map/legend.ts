// What the colours and marks mean, for the layers that are on.
import { element } from "../dom";
import { formatNumber } from "../format";
import { type MessageKey, message } from "../messages";
import { iconCanvas, type IconName } from "./icons";
import { LEVEL_COLOURS, LEVELS, MISSING_COLOUR, NOT_TESTED, TOWNSHIP_COLOURS } from "./palette";
import { STRONGEST } from "./points";
import type { LayerName } from "./state";
import type { TownshipMeasure } from "./township_classes";

const POINT_MARKS: [IconName, MessageKey][] = [
  ["point-high", "legend.points.high"],
  ["point-unusual", "legend.points.unusual"],
  ["point-both", "legend.points.both"],
];
const PROJECT_MARKS: [IconName, MessageKey][] = [
  ["project-planned", "status.planned"],
  ["project-under_way", "status.under_way"],
  ["project-done", "status.done"],
];

export function renderLegend(
  container: HTMLElement,
  layers: ReadonlySet<LayerName>,
  measure: TownshipMeasure,
  byPopulation: boolean,
  points: number,
): void {
  const groups: HTMLElement[] = [];
  if (layers.has("cells")) groups.push(cellsGroup(byPopulation));
  else if (layers.has("townships")) groups.push(townshipsGroup(measure));
  if (layers.has("points")) groups.push(marksGroup("legend.points", POINT_MARKS, pointsNote(points)));
  if (layers.has("projects")) groups.push(marksGroup("legend.projects", PROJECT_MARKS));
  bodyOf(container).replaceChildren(...groups);
}

/** The part below the heading by which a reader folds the legend away from the map. */
function bodyOf(container: HTMLElement): HTMLElement {
  const found = container.querySelector<HTMLElement>(".legend-body");
  if (found) return found;
  const body = element("div", { class: "legend-body" });
  container.append(element("details", { open: true }, element("summary", {}, message("legend.title")), body));
  return body;
}

function cellsGroup(byPopulation: boolean): HTMLElement {
  const items = LEVELS.map((level) => {
    const hatched = level === NOT_TESTED ? " is-hatched" : "";
    return swatch(LEVEL_COLOURS[level], message(`level.${level}`), hatched);
  });
  const note = message(byPopulation ? "legend.cells.note" : "legend.cells.note.plain");
  return group(message("legend.cells"), items, note);
}

function townshipsGroup({ breaks, byRate }: TownshipMeasure): HTMLElement {
  const shown = (value: number | undefined) => formatNumber(value, byRate ? 1 : 0);
  const items = TOWNSHIP_COLOURS.slice(0, breaks.length + 1).map((colour, i) => {
    if (i === 0) return swatch(colour, `< ${shown(breaks[0])}`);
    const upper = i < breaks.length ? `–${shown(breaks[i])}` : "+";
    return swatch(colour, `${shown(breaks[i - 1])}${upper}`);
  });
  if (byRate) items.push(swatch(MISSING_COLOUR, message("legend.townships.missing")));
  return group(message(byRate ? "legend.townships.rate" : "legend.townships.count"), items);
}

/** Nothing to say where all points are drawn at every zoom. */
function pointsNote(points: number): string {
  const numbers = { strongest: formatNumber(STRONGEST), all: formatNumber(points) };
  return points > STRONGEST ? message("legend.points.note", numbers) : "";
}

function marksGroup(title: MessageKey, marks: [IconName, MessageKey][], note = ""): HTMLElement {
  const items = marks.map(([icon, key]) => {
    const mark = iconCanvas(icon);
    mark.className = "legend-icon";
    return element("li", {}, mark, message(key));
  });
  return group(message(title), items, note);
}

function group(title: string, items: HTMLElement[], note = ""): HTMLElement {
  return element(
    "section",
    { class: "legend-group" },
    element("h3", note ? { title: note } : {}, title),
    element("ul", {}, ...items),
    note ? element("p", { class: "legend-note" }, note) : null,
  );
}

function swatch(colour: string, label: string, extra = ""): HTMLElement {
  const box = element("span", { class: `legend-swatch${extra}` });
  box.style.setProperty("--swatch", colour);
  return element("li", {}, box, label);
}
