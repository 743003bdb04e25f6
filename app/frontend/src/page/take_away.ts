// The menu of what can be taken away of the map: its links always carry the state that stands in the address.

/** Told here too, for a page whose address does not name its layers. */
const DEFAULT_LAYER = "cells";
/** Layers that follow the filter: what is taken away of them is counted by it. */
const COUNTED = ["counts", "rate"];

export interface MapSize {
  width: number;
  height: number;
}

/** Where the workbench says of what size the counted cells are that it draws. */
const drawnSize = (): string | undefined => document.getElementById("workbench")?.dataset.size;

export function setUpTakeAway(root: ParentNode): void {
  for (const menu of root.querySelectorAll<HTMLDetailsElement>("[data-take-away]")) {
    const refresh = () => carryState(menu, location.search, sizeOf(document.getElementById("map")));
    // The address changes while the menu is open: each way to a link leads past one of these.
    for (const event of ["toggle", "focusin", "pointerover", "pointerdown"]) menu.addEventListener(event, refresh);
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      event.stopPropagation();
      menu.open = false;
      menu.querySelector("summary")?.focus();
    });
    refresh();
  }
}

/** Puts the state into every address of the menu, and shows what can be taken of the layers that are on. */
export function carryState(menu: HTMLElement, search: string, size: MapSize | null): void {
  for (const link of menu.querySelectorAll("a")) {
    link.setAttribute("href", addressOf(link.getAttribute("href") ?? "", search, link.dataset.takes === "view" ? size : null, drawnSize()));
  }
  for (const form of menu.querySelectorAll("form")) {
    form.setAttribute("action", addressOf(form.getAttribute("action") ?? "", search, null, drawnSize()));
  }
  const shown = new URLSearchParams(search).get("layer")?.split(",") ?? [DEFAULT_LAYER];
  const counting = COUNTED.some((layer) => shown.includes(layer));
  for (const group of menu.querySelectorAll<HTMLElement>("[data-follows]")) {
    group.hidden = (group.dataset.follows === "filter") !== counting;
  }
  const rows = [...menu.querySelectorAll<HTMLElement>("[data-layer]")];
  const tabular = rows.filter(({ dataset }) => shown.includes(dataset.layer ?? ""));
  for (const row of rows) {
    row.hidden = tabular.length ? !tabular.includes(row) : row.dataset.layer !== DEFAULT_LAYER;
  }
}

/** `address` with the state of `search`; of its own query it keeps which table is wanted. */
export function addressOf(address: string, search: string, size: MapSize | null, drawn?: string): string {
  const [path = "", own = ""] = address.split("?");
  const query = new URLSearchParams(search);
  const of = new URLSearchParams(own).get("of");
  if (of) query.set("of", of);
  if (size) {
    query.set("width", String(size.width));
    query.set("height", String(size.height));
  }
  if (path.includes("/counts/") && drawn && !query.has("resolution")) query.set("size", drawn);
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

function sizeOf(map: HTMLElement | null): MapSize | null {
  if (!map) return null;
  const within = (length: number) => Math.min(2400, Math.max(200, Math.round(length)));
  return { width: within(map.clientWidth), height: within(map.clientHeight) };
}
