// Entry of the page of a comparison of two periods.
import type { FeatureCollection } from "geojson";
import { GPUInitializationError } from "maplibre-gl";
import { element, mount, pageData } from "./dom";
import { message } from "./messages";
import { readJson, request } from "./map/api";
import { decodeChanges } from "./map/cells_payload";
import { type CellDetail, Comparison, type ComparisonData, type ComparisonFrame } from "./map/comparison";
import type { ComparisonMeta } from "./map/comparison_legend";
import { parseComparison } from "./map/comparison_state";
import { tellReady } from "./ready";
import "../styles/comparison.css";

interface ComparisonConfig {
  /** address below which the comparison's data are */
  base: string;
  unit: string;
}

async function fetchComparison({ base, unit }: ComparisonConfig): Promise<ComparisonData> {
  const [meta, cells, townships] = await Promise.all([
    readJson<ComparisonMeta>(`${base}/meta.json`),
    request(`${base}/cells.bin`).then((answer) => answer.arrayBuffer()),
    readJson<FeatureCollection>(`${base}/townships.geojson`),
  ]);
  const fetchCell = (name: string, signal: AbortSignal) => readJson<CellDetail>(`${base}/cell/${name}`, signal);
  return { meta, changes: decodeChanges(cells), townships, unit, fetchCell };
}

function buildFrame(root: HTMLElement): ComparisonFrame {
  const views = mount(root, "div", "comparison-views", { class: "comparison-views", role: "group" });
  const maps = mount(root, "div", "comparison-maps", { class: "comparison-maps" });
  const figure = (id: string) => {
    const made = mount(maps, "figure", id, { class: "comparison-figure" });
    made.append(element("figcaption"), element("div", { class: "comparison-canvas map-canvas" }));
    return made;
  };
  const [first, second] = [figure("comparison-first"), figure("comparison-second")];
  const legend = mount(root, "aside", "comparison-legend", { class: "comparison-legend legend-group" });
  const panel = mount(root, "section", "comparison-panel", { class: "comparison-panel", "aria-live": "polite" });
  return { root, views, first, second, legend, panel };
}

/** The page has nothing more to draw; its tables stand below. */
function giveUp(root: HTMLElement, text: string): void {
  root.replaceChildren(element("p", { class: "comparison-notice", role: "alert" }, text));
  root.classList.add("has-no-map");
  tellReady();
}

async function start(root: HTMLElement, config: ComparisonConfig): Promise<void> {
  try {
    const page = new Comparison(buildFrame(root), await fetchComparison(config), parseComparison(location.search));
    for (const link of document.querySelectorAll<HTMLAnchorElement>("a[data-cell]")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        page.choose(link.dataset.cell ?? null, { move: true });
        root.scrollIntoView({ block: "start" });
      });
    }
  } catch (error) {
    if (error instanceof GPUInitializationError) return giveUp(root, message("comparison.noWebgl"));
    giveUp(root, message("error.load", { reason: error instanceof Error ? error.message : String(error) }));
    throw error;
  }
}

const root = document.getElementById("comparison");
const config = pageData<ComparisonConfig>("comparison-config");
if (root && config) void start(root, config);
