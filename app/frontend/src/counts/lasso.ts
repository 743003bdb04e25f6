// A ring drawn on the map by mouse, pen or finger; without a pointer the current view is taken as the ring.
import type { Map as MapLibreMap } from "maplibre-gl";
import { element } from "../dom";
import { message } from "../messages";
import type { LngLat } from "../map/hexagons";
import { encloses, encodePolyline, simplify } from "./polyline";

type Pixel = [x: number, y: number];
const INK = "#111827";

export class Lasso {
  readonly tools: HTMLElement;
  private readonly draw: HTMLButtonElement;
  private readonly hint = element("p", { class: "lasso-hint", role: "status", hidden: true }, message("lasso.hint"));
  private readonly sheet = element("canvas", { class: "lasso-sheet", hidden: true });
  private ring: Pixel[] = [];

  constructor(
    private readonly map: MapLibreMap,
    private readonly container: HTMLElement,
    private readonly onDone: (lasso: string) => void,
  ) {
    this.draw = element("button", { type: "button", id: "lasso-draw", class: "map-button", "aria-pressed": "false" }, message("lasso.draw"));
    this.draw.addEventListener("click", () => this.arm(this.sheet.hidden !== false));
    const view = element("button", { type: "button", id: "lasso-view", class: "map-button" }, message("lasso.view"));
    view.addEventListener("click", () => this.takeView());
    this.tools = element("div", { class: "lasso-tools", role: "group", "aria-label": message("lasso.tools") }, this.draw, view);
    container.append(this.sheet, this.hint);
    this.sheet.addEventListener("pointerdown", (event) => this.begin(event));
    this.sheet.addEventListener("pointermove", (event) => this.follow(event));
    this.sheet.addEventListener("pointerup", (event) => this.end(event));
    this.sheet.addEventListener("pointercancel", () => this.arm(false));
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.sheet.hidden) return;
      event.stopImmediatePropagation();
      this.arm(false);
      this.draw.focus();
    }, { capture: true });
  }

  private arm(on: boolean): void {
    this.ring = [];
    this.sheet.hidden = !on;
    this.hint.hidden = !on;
    this.hint.textContent = message("lasso.hint");
    this.draw.setAttribute("aria-pressed", String(on));
    if (!on) return;
    // On a phone the button may be in sight while most of the map is not.
    // At once: the style sheet would let it glide, and the ring would begin elsewhere than the finger.
    this.container.scrollIntoView({ block: "nearest", behavior: "instant" });
    this.sheet.width = this.container.clientWidth;
    this.sheet.height = this.container.clientHeight;
  }

  private begin(event: PointerEvent): void {
    // A second finger does not begin another ring.
    if (!event.isPrimary) return;
    event.preventDefault();
    this.sheet.setPointerCapture(event.pointerId);
    this.ring = [[event.offsetX, event.offsetY]];
  }

  private follow(event: PointerEvent): void {
    if (!this.ring.length || !event.isPrimary) return;
    this.ring.push([event.offsetX, event.offsetY]);
    this.drawRing();
  }

  private drawRing(): void {
    const pen = this.sheet.getContext("2d");
    if (!pen) return;
    pen.clearRect(0, 0, this.sheet.width, this.sheet.height);
    pen.beginPath();
    for (const [x, y] of this.ring) pen.lineTo(x, y);
    pen.closePath();
    pen.fillStyle = "rgb(17 24 39 / 12%)";
    pen.fill();
    pen.strokeStyle = INK;
    pen.lineWidth = 2;
    pen.stroke();
  }

  private end(event: PointerEvent): void {
    if (!this.ring.length || !event.isPrimary) return;
    const ring = simplify(this.ring);
    if (!encloses(ring)) return this.askAgain();
    this.arm(false);
    this.onDone(this.encode(ring));
  }

  /** A slip of the hand is no ring; the sheet waits for another. */
  private askAgain(): void {
    this.ring = [];
    this.drawRing();
    this.hint.textContent = message("lasso.small");
  }

  private takeView(): void {
    const { clientWidth: width, clientHeight: height } = this.container;
    this.onDone(this.encode([[0, 0], [width, 0], [width, height], [0, height]]));
  }

  private encode(ring: readonly Pixel[]): string {
    return encodePolyline(ring.map((at): LngLat => {
      const { lng, lat } = this.map.unproject(at);
      return [lng, lat];
    }));
  }
}
