// The page's fixed parts, found in the page or made: map, controls, legend, panel, messages.
import { element, mount } from "../dom";
import { message } from "../messages";
import { GROUNDS, LAYERS, type LayerName } from "./state";

export interface Frame {
  root: HTMLElement;
  map: HTMLElement;
  layers: HTMLElement;
  legend: HTMLElement;
  time: HTMLElement;
  panel: HTMLElement;
  filter: HTMLElement;
  busy: HTMLElement;
  notice: HTMLElement;
}

export function buildFrame(root: HTMLElement): Frame {
  const filter = mount(root, "div", "map-filter", { class: "map-filter" });
  const stage = mount(root, "div", "map-stage", { class: "map-stage" });
  const map = mount(stage, "div", "map", { class: "map-canvas" });
  const layers = mount(stage, "fieldset", "map-layers", { class: "map-layers" });
  const legend = mount(stage, "aside", "map-legend", { class: "map-legend" });
  const busy = mount(stage, "div", "map-busy", { class: "map-busy", role: "status", "aria-label": message("panel.loading") });
  const notice = mount(stage, "div", "map-message", { class: "map-message", role: "alert", hidden: true });
  // The legend takes the room that the layers leave: they need more lines in a narrow window, or in English.
  new ResizeObserver(() => stage.style.setProperty("--layers-height", `${layers.offsetHeight}px`)).observe(layers);
  const time = mount(root, "div", "map-time", { class: "map-time" });
  const panel = mount(root, "aside", "map-panel", { class: "map-panel", tabindex: "0", "aria-label": message("panel.overview") });
  return { root, map, layers, legend, time, panel, filter, busy, notice };
}

/** Choosing a ground puts the other one out; marks go with either. */
export function nextLayers(shown: ReadonlySet<LayerName>, name: LayerName, on: boolean): Set<LayerName> {
  const next = new Set(shown);
  if (!on) {
    next.delete(name);
    return next;
  }
  if (GROUNDS.includes(name)) for (const ground of GROUNDS) next.delete(ground);
  return next.add(name);
}

export function renderLayerSwitch(
  container: HTMLElement,
  shown: ReadonlySet<LayerName>,
  onSwitch: (name: LayerName, on: boolean) => void,
  onDefine: (name: LayerName) => void,
): void {
  const focused = document.activeElement instanceof HTMLInputElement ? document.activeElement.value : null;
  const boxes = LAYERS.map((name) => {
    const box = element("input", { type: "checkbox", value: name, name: "map-layer" });
    box.checked = shown.has(name);
    box.addEventListener("change", () => onSwitch(name, box.checked));
    const label = element("label", { class: "map-layer-label" }, box, message(`layers.${name}`));
    return element("span", { class: "map-layer" }, label, defineButton(message(`layers.${name}`), () => onDefine(name)));
  });
  container.replaceChildren(element("legend", {}, message("layers.title")), ...boxes);
  container.querySelector<HTMLInputElement>(`input[value="${focused}"]`)?.focus();
}

/** The round button that opens an exact definition. */
export function defineButton(about: string, onClick: () => void): HTMLButtonElement {
  const label = message("definition.open", { about });
  const button = element("button", { type: "button", class: "define-button", "aria-label": label, title: label }, "i");
  button.setAttribute("aria-haspopup", "dialog");
  button.addEventListener("click", onClick);
  return button;
}

/** A message over the map, with a link or a button to go on. */
export function showNotice(notice: HTMLElement, text: string, action: HTMLElement | null): void {
  notice.replaceChildren(element("p", {}, text), ...(action ? [action] : []));
  notice.hidden = false;
}
