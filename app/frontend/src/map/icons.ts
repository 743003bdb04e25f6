// Marks of points and projects, drawn once on a canvas: told apart by shape first, by colour second.
import type { Map as MapLibreMap } from "maplibre-gl";
import type { PointSummary, ProjectPhase, ProjectSummary } from "./api";
import { CLUSTER, HIGH_FREQUENCY, INK, NO_SIGN, PROJECT, ROSE, UNUSUALLY_HIGH } from "./palette";

const SIZE = 22;
const SCALE = 2;
const MIDDLE = SIZE / 2;

export type PointIcon = "point-high" | "point-unusual" | "point-both" | "point-plain";
export type ProjectIcon = `project-${ProjectPhase}` | `project-${"fell" | "no_sign" | "rose"}`;
type Draw = (pen: CanvasRenderingContext2D) => void;

/** The two kinds are never mixed: a point may be one, the other, or both, and looks different each time. */
export function pointIcon(point: Pick<PointSummary, "rules" | "unusually_high">): PointIcon {
  if (point.rules.length && point.unusually_high) return "point-both";
  if (point.unusually_high) return "point-unusual";
  return point.rules.length ? "point-high" : "point-plain";
}

/** Work that has ended is drawn by what it did, once later cases tell. */
export function projectIcon({ phase, effect }: Pick<ProjectSummary, "phase" | "effect">): ProjectIcon {
  return phase === "done" && effect && effect !== "too_few" ? `project-${effect}` : `project-${phase}`;
}

const ICONS: Record<PointIcon | ProjectIcon | "cluster", Draw> = {
  // Its rank is written on it.
  cluster: (pen) => ring(pen, 9.5, CLUSTER, "#ffffff"),
  "point-plain": (pen) => ring(pen, 4, "#ffffff", INK),
  "point-high": (pen) => ring(pen, 6, HIGH_FREQUENCY, "#ffffff"),
  "point-unusual": (pen) => diamond(pen, 8, UNUSUALLY_HIGH),
  "point-both": (pen) => {
    diamond(pen, 10, UNUSUALLY_HIGH);
    ring(pen, 4, HIGH_FREQUENCY, "#ffffff");
  },
  "project-planned": (pen) => flag(pen, "#ffffff"),
  "project-under_way": (pen) => {
    flag(pen, "#ffffff");
    pen.fillStyle = PROJECT;
    pen.fillRect(4, MIDDLE, 14, 7);
  },
  "project-done": (pen) => {
    flag(pen, PROJECT);
    stroke(pen, "#ffffff", [7, 11.5], [10, 14.5], [15.5, 8]);
  },
  "project-fell": (pen) => {
    flag(pen, PROJECT);
    stroke(pen, "#ffffff", [MIDDLE, 6.5], [MIDDLE, 15.5]);
    stroke(pen, "#ffffff", [7.5, 12], [MIDDLE, 15.5], [14.5, 12]);
  },
  "project-no_sign": (pen) => {
    flag(pen, NO_SIGN);
    stroke(pen, "#ffffff", [7, MIDDLE], [15, MIDDLE]);
  },
  "project-rose": (pen) => {
    flag(pen, ROSE);
    stroke(pen, "#ffffff", [MIDDLE, 15.5], [MIDDLE, 6.5]);
    stroke(pen, "#ffffff", [7.5, 10], [MIDDLE, 6.5], [14.5, 10]);
  },
};

export type IconName = keyof typeof ICONS;

/** A canvas with one mark, for the legend. */
export function iconCanvas(name: IconName): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE * SCALE;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (pen) {
    pen.scale(SCALE, SCALE);
    pen.lineJoin = "round";
    ICONS[name](pen);
  }
  return canvas;
}

export function addIcons(map: MapLibreMap): void {
  for (const name of Object.keys(ICONS) as IconName[]) {
    const pen = iconCanvas(name).getContext("2d");
    if (!pen || map.hasImage(name)) continue;
    map.addImage(name, pen.getImageData(0, 0, SIZE * SCALE, SIZE * SCALE), { pixelRatio: SCALE });
  }
}

function ring(pen: CanvasRenderingContext2D, radius: number, fill: string, edge: string): void {
  pen.beginPath();
  pen.arc(MIDDLE, MIDDLE, radius, 0, 2 * Math.PI);
  paint(pen, fill, edge);
}

function diamond(pen: CanvasRenderingContext2D, radius: number, fill: string): void {
  pen.beginPath();
  pen.moveTo(MIDDLE, MIDDLE - radius);
  pen.lineTo(MIDDLE + radius, MIDDLE);
  pen.lineTo(MIDDLE, MIDDLE + radius);
  pen.lineTo(MIDDLE - radius, MIDDLE);
  pen.closePath();
  paint(pen, fill, INK);
}

function stroke(pen: CanvasRenderingContext2D, colour: string, ...[start, ...rest]: [number, number][]): void {
  pen.strokeStyle = colour;
  pen.lineWidth = 2.2;
  pen.beginPath();
  if (start) pen.moveTo(...start);
  for (const at of rest) pen.lineTo(...at);
  pen.stroke();
}

function flag(pen: CanvasRenderingContext2D, fill: string): void {
  pen.beginPath();
  pen.rect(4, 4, 14, 14);
  paint(pen, fill, PROJECT);
}

function paint(pen: CanvasRenderingContext2D, fill: string, edge: string): void {
  pen.fillStyle = fill;
  pen.strokeStyle = edge;
  pen.lineWidth = 1.8;
  pen.fill();
  pen.stroke();
}
