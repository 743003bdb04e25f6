// Hexagons as triangles for the graphics card, in web-mercator units relative to one anchor.
import { cellToBoundary, cellToLatLng } from "h3-js";

export type LngLat = [lng: number, lat: number];

/** Triangles of all cells. Each cell is a fan: its centre, then its corners. */
export interface HexagonMesh {
  /** per vertex: east and south of the anchor (mercator, 0–1 world) */
  positions: Float32Array;
  /** per vertex: cell index × 2, + 1 on the rim; the shader draws the border from it */
  cellAndRim: Uint32Array;
  triangles: Uint32Array;
  anchor: [x: number, y: number];
  /** distance of a typical side from its centre, in mercator units */
  apothem: number;
}

/** Spherical web mercator, the world being 0–1 from west to east and from north to south. */
export function mercator(lng: number, lat: number): [x: number, y: number] {
  const y = Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360));
  return [(lng + 180) / 360, (1 - y / Math.PI) / 2];
}

/** H3 ids as h3-js takes them fastest: two 32-bit halves. */
export function splitId(id: bigint): [lower: number, upper: number] {
  return [Number(id & 0xffffffffn), Number(id >> 32n)];
}

/** Closed ring of one cell, for outlines. */
export function cellRing(id: bigint): LngLat[] {
  const ring = cellToBoundary(splitId(id)).map(([lat, lng]): LngLat => [lng, lat]);
  return [...ring, ring[0] as LngLat];
}

export function cellCentre(id: bigint): LngLat {
  const [lat, lng] = cellToLatLng(splitId(id));
  return [lng, lat];
}

export function buildHexagons(ids: BigUint64Array): HexagonMesh {
  const rings: [number, number][][] = new Array(ids.length);
  let vertices = 0;
  let corners = 0;
  for (let i = 0; i < ids.length; i++) {
    const ring = cellToBoundary(splitId(ids[i] as bigint)).map(([lat, lng]) => mercator(lng, lat));
    rings[i] = ring;
    vertices += ring.length + 1;
    corners += ring.length;
  }
  const anchor = rings[0]?.[0] ?? [0.5, 0.5];
  const positions = new Float32Array(vertices * 2);
  const cellAndRim = new Uint32Array(vertices);
  const triangles = new Uint32Array(corners * 3);
  let vertex = 0;
  let corner = 0;
  for (let i = 0; i < rings.length; i++) {
    const ring = rings[i] as [number, number][];
    const [x, y] = middle(ring);
    const centre = vertex;
    positions.set([x - anchor[0], y - anchor[1]], vertex * 2);
    cellAndRim[vertex++] = i * 2;
    for (let k = 0; k < ring.length; k++) {
      const [cx, cy] = ring[k] as [number, number];
      positions[vertex * 2] = cx - anchor[0];
      positions[vertex * 2 + 1] = cy - anchor[1];
      cellAndRim[vertex++] = i * 2 + 1;
      triangles[corner++] = centre;
      triangles[corner++] = centre + 1 + k;
      triangles[corner++] = centre + 1 + ((k + 1) % ring.length);
    }
  }
  return { positions, cellAndRim, triangles, anchor, apothem: apothemOf(rings[0]) };
}

function middle(ring: readonly [number, number][]): [number, number] {
  let x = 0;
  let y = 0;
  for (const point of ring) {
    x += point[0] / ring.length;
    y += point[1] / ring.length;
  }
  return [x, y];
}

function apothemOf(ring: readonly [number, number][] | undefined): number {
  if (!ring) return 0;
  const [x, y] = middle(ring);
  const radii = ring.map((corner) => Math.hypot(corner[0] - x, corner[1] - y));
  return (radii.reduce((sum, radius) => sum + radius, 0) / radii.length) * Math.cos(Math.PI / 6);
}
