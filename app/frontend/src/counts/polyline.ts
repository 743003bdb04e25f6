// A polygon drawn by hand as text for an address: Google's encoded polyline, five decimals, latitude first.
import type { LngLat } from "../map/hexagons";

/** The server takes no more. */
export const MOST_VERTICES = 100;
/** What strays no farther is the unsteadiness of a hand, in CSS pixels. */
const SLIP = 4;
const SCALE = 1e5;
const FIRST = 63;

export function encodePolyline(points: readonly LngLat[]): string {
  let [lastLat, lastLng] = [0, 0];
  return points
    .map(([lng, lat]) => {
      const [scaledLat, scaledLng] = [Math.round(lat * SCALE), Math.round(lng * SCALE)];
      const text = encodeNumber(scaledLat - lastLat) + encodeNumber(scaledLng - lastLng);
      [lastLat, lastLng] = [scaledLat, scaledLng];
      return text;
    })
    .join("");
}

/** The points of an encoded polyline; null where it is none. */
export function decodePolyline(text: string): LngLat[] | null {
  const numbers: number[] = [];
  let [value, shift] = [0, 0];
  for (const letter of text) {
    const bits = (letter.codePointAt(0) ?? 0) - FIRST;
    if (bits < 0 || bits > 63 || shift > 30) return null;
    value |= (bits & 0x1f) << shift;
    shift += 5;
    if (bits >= 0x20) continue;
    numbers.push(value & 1 ? ~(value >> 1) : value >> 1);
    [value, shift] = [0, 0];
  }
  if (shift || numbers.length % 2 || numbers.length < 6) return null;
  const points: LngLat[] = [];
  let [lat, lng] = [0, 0];
  for (let i = 0; i < numbers.length; i += 2) {
    lat += numbers[i] as number;
    lng += numbers[i + 1] as number;
    points.push([lng / SCALE, lat / SCALE]);
  }
  return points;
}

/** A line with at most `most` vertices that strays as little as that allows (Douglas–Peucker, tolerance doubled). */
export function simplify<P extends readonly [number, number]>(points: readonly P[], most = MOST_VERTICES): P[] {
  let tolerance = 1;
  let kept = [...points];
  while (kept.length > most) {
    kept = thin(points, tolerance);
    tolerance *= 2;
  }
  return kept;
}

/** Whether a line drawn on the screen has three corners or more, so that it goes round something. */
export function encloses(line: readonly (readonly [number, number])[]): boolean {
  // Back at its start, a line of three corners has four vertices.
  return thin([...line, ...line.slice(0, 1)], SLIP).length > 3;
}

function thin<P extends readonly [number, number]>(points: readonly P[], tolerance: number): P[] {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || points.length < 3) return [...points];
  let [farthest, distance] = [0, 0];
  for (let i = 1; i < points.length - 1; i++) {
    const away = distanceToLine(points[i] as P, first, last);
    if (away > distance) [farthest, distance] = [i, away];
  }
  if (distance <= tolerance) return [first, last];
  return [...thin(points.slice(0, farthest + 1), tolerance).slice(0, -1), ...thin(points.slice(farthest), tolerance)];
}

function distanceToLine([x, y]: readonly [number, number], a: readonly [number, number], b: readonly [number, number]): number {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const length = Math.hypot(dx, dy);
  // A line that comes back to its start has no direction of its own.
  return length ? Math.abs(dx * (a[1] - y) - dy * (a[0] - x)) / length : Math.hypot(x - a[0], y - a[1]);
}

function encodeNumber(number: number): string {
  let value = number < 0 ? ~(number << 1) : number << 1;
  let text = "";
  while (value >= 0x20) {
    text += String.fromCharCode((0x20 | (value & 0x1f)) + FIRST);
    value >>= 5;
  }
  return text + String.fromCharCode(value + FIRST);
}
