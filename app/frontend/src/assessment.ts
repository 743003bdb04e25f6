// Entry of the board of a cycle: its map is coloured by a column of the table, and they choose in each other.
import { pageData } from "./dom";
import { tellReady } from "./ready";
import type { Colours } from "./townships/map";
import { TownshipPicking } from "./townships/picking";

/** Class of a township without a value, for the legend. */
const ABSENT = -1;

interface BoardColours {
  /** columns of the table as classes, lowest values first, and what the legend says of each */
  columns: { key: string; of: Record<string, number>; labels: string[] }[];
  absent: string;
}

function coloursOf({ columns, absent }: BoardColours, key: string): Colours {
  const { of, labels } = columns.find((column) => column.key === key) ?? { of: {}, labels: [] };
  return { of, legend: [...labels.map((text, at) => ({ of: at, text })), { of: ABSENT, text: absent }] };
}

const data = pageData<BoardColours>("board-colours");
const table = document.querySelector<HTMLElement>(".board-table");
const container = document.querySelector<HTMLElement>(".board-map");
const column = document.querySelector<HTMLSelectElement>("#map-column");
if (data && table && container && column) {
  const picking = new TownshipPicking(table);
  const colours = () => coloursOf(data, column.value);
  column.addEventListener("change", () => picking.show(colours()));
  void picking.startMap(container, document.getElementById("township-map-legend"), colours).finally(tellReady);
}
