// A cell's course over time in the panel: its kind, why it has it, and every month at a glance.
import { element } from "../dom";
import { type MessageKey, message } from "../messages";
import type { Course, Step } from "./api";
import { swatch } from "./definitions";
import { defineButton } from "./frame";
import { CATEGORIES, CATEGORY_COLOURS, categoryPattern, LEVEL_COLOURS } from "./palette";
import { section } from "./panel_parts";

/** Colours of a month's mark: those of the map's significant levels. */
const MARKS: Record<string, [colour: string, words: MessageKey]> = {
  "1": [LEVEL_COLOURS[3], "panel.course.hot"],
  "-1": [LEVEL_COLOURS[-3], "panel.course.low"],
  "0": [LEVEL_COLOURS[0], "panel.course.none"],
};

export function courseSection(course: Course, steps: readonly Step[], define: (term: string) => void): HTMLElement {
  const { category, name, sentence } = course;
  const known = CATEGORIES.find((candidate) => candidate === category) ?? 127;
  const open = defineButton(name, () => define(String(known)));
  const mark = swatch(CATEGORY_COLOURS[known], categoryPattern(known));
  return section(
    "panel.course",
    element("p", { class: "panel-course" }, mark, element("b", {}, name), open),
    element("p", { class: "panel-course-why" }, sentence),
    ...(course.steps.length ? strip(course.steps, steps) : []),
  );
}

/** One small square a month, the oldest first, with the first and last month's names and what the colours mean. */
function strip(marks: readonly number[], steps: readonly Step[]): HTMLElement[] {
  const squares = marks.map((state, i) => {
    const [colour, words] = MARKS[String(state)] ?? (MARKS["0"] as [string, MessageKey]);
    const square = element("span", { title: message(words, { label: steps[i]?.label ?? "" }) });
    square.style.setProperty("--swatch", colour);
    return square;
  });
  const count = (state: number) => String(marks.filter((each) => each === state).length);
  const [first, last] = [steps[0]?.label ?? "", steps[marks.length - 1]?.label ?? ""];
  const label = message("panel.course.steps", { first, last, hot: count(1), low: count(-1), all: String(marks.length) });
  return [
    element("div", { class: "course-strip", role: "img", "aria-label": label, title: label }, ...squares),
    element("p", { class: "course-ends", "aria-hidden": "true" }, element("span", {}, first), element("span", {}, last)),
    colourKey(),
  ];
}

function colourKey(): HTMLElement {
  const items = ["1", "0", "-1"].map((state) => {
    const [colour, words] = MARKS[state] as [string, MessageKey];
    return element("li", {}, swatch(colour, "solid"), message(words, { label: "" }).trim());
  });
  return element("ul", { class: "course-key" }, ...items);
}
