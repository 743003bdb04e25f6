// Entry of every page with a map: the workbench, a picker in a form, or a small map of places.
import { GPUInitializationError } from "maplibre-gl";
import { element, pageData } from "./dom";
import { message } from "./messages";
import { addresses, fetchRun } from "./map/api";
import type { Definitions } from "./map/definitions";
import { buildFrame, type Frame, showNotice } from "./map/frame";
import { startLocationPicker } from "./map/location_picker";
import { Questions } from "./counts/questions";
import { startPlaceMap } from "./map/place_map";
import { formatState, parseState } from "./map/state";
import { Workbench } from "./map/workbench";
import { tellReady } from "./ready";
// The one sheet of all maps: a page whose map is of another entry links it too.
import "maplibre-gl/dist/maplibre-gl.css";
import "../styles/map.css";
import "../styles/counting.css";

interface MapConfig {
  /** of the page, for what it sends */
  token: string;
  run: string | null;
  definitions: Definitions;
}

/** The page has nothing more to draw, though no map came of it. */
function giveUp(frame: Frame): void {
  frame.busy.hidden = true;
  frame.root.classList.add("has-no-map");
  tellReady();
}

async function startWorkbench(root: HTMLElement): Promise<void> {
  const frame = buildFrame(root);
  const config = pageData<MapConfig>("map-config");
  const state = parseState(location.search, config?.run ?? "");
  if (!state.run || !config) {
    showNotice(frame.notice, message("error.noRun"), null);
    return giveUp(frame);
  }
  try {
    const questions = new Questions();
    questions.askAhead(state);
    new Workbench(frame, await fetchRun(state.run), config.definitions, state, { token: config.token, questions });
  } catch (error) {
    // A browser without WebGL shows the same state as the server draws it.
    if (error instanceof GPUInitializationError) return location.replace(`${addresses.drawn}${formatState(state)}`);
    giveUp(frame);
    const retry = element("button", { type: "button", class: "btn btn-primary" }, message("error.retry"));
    retry.addEventListener("click", () => location.reload());
    const reason = error instanceof Error ? error.message : String(error);
    showNotice(frame.notice, message("error.load", { reason }), retry);
    throw error;
  }
}

const root = document.getElementById("workbench");
if (root) void startWorkbench(root);
for (const picker of document.querySelectorAll<HTMLElement>(".location-picker")) startLocationPicker(picker);
for (const map of document.querySelectorAll<HTMLElement>(".place-map")) startPlaceMap(map);
