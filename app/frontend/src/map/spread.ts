// Numbered marks of places that are near one another: each moves aside until all can be read.

type Pixels = [right: number, down: number];

/** Rings of places around a mark's own point, in marks' widths: at the point, beside it, farther out. */
const RINGS = 6;

/**
 * How far each of some round marks is drawn from its point, so that none covers another. The first keeps its point;
 * each later one takes the free place nearest to its own.
 */
export function spread(points: readonly Pixels[], width: number): Pixels[] {
  const taken: Pixels[] = [];
  return points.map(([right, down]) => {
    const free = aside(width).find(([dx, dy]) => taken.every(([x, y]) => Math.hypot(right + dx - x, down + dy - y) >= width));
    const [dx, dy] = free ?? [0, 0];
    taken.push([right + dx, down + dy]);
    return [dx, dy];
  });
}

/** Places around a point, the nearest first; of equally near ones that to the right, then clockwise. */
function aside(width: number): Pixels[] {
  const places: Pixels[] = [[0, 0]];
  for (let ring = 1; ring <= RINGS; ring++) {
    const steps = 6 * ring;
    for (let step = 0; step < steps; step++) {
      const angle = (2 * Math.PI * step) / steps;
      // A hair farther out than a width: rounding must not let neighbours touch.
      const reach = 1.001 * ring * width;
      places.push([reach * Math.cos(angle), reach * Math.sin(angle)]);
    }
  }
  return places;
}
