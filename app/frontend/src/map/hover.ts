// The small box that follows the pointer.
import { element } from "../dom";

export class HoverBox {
  private readonly box: HTMLElement;

  constructor(private readonly container: HTMLElement) {
    this.box = element("div", { class: "map-hover", hidden: true, "aria-hidden": "true" });
    container.append(this.box);
  }

  show(at: { x: number; y: number }, lines: readonly string[]): void {
    this.box.replaceChildren(...lines.map((line) => element("div", {}, line)));
    this.box.hidden = false;
    const left = Math.min(at.x + 14, this.container.clientWidth - this.box.offsetWidth - 8);
    const above = at.y + 14 + this.box.offsetHeight > this.container.clientHeight;
    const top = above ? at.y - this.box.offsetHeight - 10 : at.y + 14;
    this.box.style.transform = `translate(${Math.max(0, left)}px, ${Math.max(0, top)}px)`;
  }

  hide(): void {
    this.box.hidden = true;
  }
}
