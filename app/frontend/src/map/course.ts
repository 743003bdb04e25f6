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
    course.steps.length ? strip(course.steps, steps) : null,
  );
}

/** One small square a month, the oldest first. */
function strip(marks: readonly number[], steps: readonly Step[]): HTMLElement {
  const squares = marks.map((state, i) => {
    const [colour, words] = MARKS[String(state)] ?? (MARKS["0"] as [string, MessageKey]);
    const square = element("span", { title: message(words, { label: steps[i]?.label ?? "" }) });
    square.style.setProperty("--swatch", colour);
    return square;
  });
  const count = (state: number) => String(marks.filter((each) => each === state).length);
  const label = message("panel.course.steps", { hot: count(1), low: count(-1), all: String(marks.length) });
  return element("div", { class: "course-strip", role: "img", "aria-label": label }, ...squares);
}
