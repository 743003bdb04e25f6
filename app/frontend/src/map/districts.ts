// Which names stand on the map at which zoom: the districts' from afar, the townships' once they have room.
import type { DistrictShapes, TownshipShapes } from "./api";
import { mercator } from "./hexagons";

/** Width that a township needs for its name, in CSS pixels. */
const ROOM_FOR_NAME = 72;
const WORLD_PIXELS = 512;
const EARLIEST = 7;
const LATEST = 13;

/** The zoom from which half of the townships are wide enough for their names; 0 where no district is known. */
export function townshipNamesZoom(townships: TownshipShapes, districts: DistrictShapes): number {
  const widths = townships.features.map(({ geometry }) => widthOf(geometry.coordinates)).sort((a, b) => a - b);
  const middle = widths[Math.floor(widths.length / 2)];
  if (!districts.features.length || !middle) return 0;
  const zoom = Math.log2(ROOM_FOR_NAME / (WORLD_PIXELS * middle));
  return Math.min(LATEST, Math.max(EARLIEST, zoom));
}

/** Extent from west to east as a share of the world's width. */
function widthOf(coordinates: unknown): number {
  let [west, east] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const visit = (part: unknown): void => {
    if (!Array.isArray(part)) return;
    if (typeof part[0] === "number") {
      west = Math.min(west, part[0]);
      east = Math.max(east, part[0]);
    } else part.forEach(visit);
  };
  visit(coordinates);
  return mercator(east, 0)[0] - mercator(west, 0)[0];
}
