// Where the things that can be selected are, and what they are called.
import type { Geometry } from "geojson";
import { type ProjectSummary, projectOf, type RunData } from "./api";
import { cellCentre, cellRing, type LngLat } from "./hexagons";
import { message } from "../messages";
import { circle } from "./overlays";
import type { Selected } from "./state";

/** Radius of the ring drawn round a selected point, in metres. */
const POINT_RING = 60;

export class Places {
  constructor(private readonly run: RunData) {}

  positionOf(selected: Selected): LngLat | null {
    if (selected.kind === "cell") return isCellName(selected.id) ? cellCentre(BigInt(`0x${selected.id}`)) : null;
    const place = this.find(selected);
    return place ? [place.lng, place.lat] : null;
  }

  nameOf(selected: Selected): string {
    return this.find(selected)?.name ?? selected.id;
  }

  project({ kind, id }: Selected): ProjectSummary | undefined {
    if (kind !== "project") return undefined;
    const all = this.run.projects;
    // A link of before named the project alone.
    return all.find((each) => each.id === id) ?? all.find((each) => projectOf(each.id) === id);
  }

  /** The line that marks a selection on the map. */
  outlineOf(selected: Selected | null): Geometry | null {
    if (!selected) return null;
    if (selected.kind === "cell") {
      if (!isCellName(selected.id)) return null;
      return { type: "Polygon", coordinates: [cellRing(BigInt(`0x${selected.id}`))] };
    }
    if (selected.kind === "township") {
      const shape = this.run.townships.features.find(({ properties }) => properties.code === selected.id);
      return shape?.geometry ?? null;
    }
    if (selected.kind === "cluster") {
      return this.run.clusters.features.find(({ properties }) => String(properties.rank) === selected.id)?.geometry ?? null;
    }
    const place = this.find(selected);
    const project = this.project(selected);
    if (project?.corners) return { type: "Polygon", coordinates: [[...project.corners, ...project.corners.slice(0, 1)]] };
    const radius = project?.radius_m ?? POINT_RING;
    return place ? circle(place.lng, place.lat, radius) : null;
  }

  private find({ kind, id }: Selected): { lng: number; lat: number; name: string } | undefined {
    if (kind === "township") {
      return this.run.townships.features.find(({ properties }) => properties.code === id)?.properties;
    }
    if (kind === "cluster") {
      const found = this.run.clusters.features.find(({ properties }) => String(properties.rank) === id)?.properties;
      return found && { lng: found.lng, lat: found.lat, name: message("cluster.name", { rank: id }) };
    }
    return kind === "project" ? this.project({ kind, id }) : this.run.points.find((place) => place.id === id);
  }
}

function isCellName(id: string): boolean {
  return /^[0-9a-f]{15,16}$/i.test(id);
}
