// The slider over the run's steps: its leftmost stop is the whole span.
import { element } from "../dom";
import { message } from "../messages";
import type { Step } from "./api";
import { WHOLE_SPAN } from "./state";

/** Pause between two steps while playing, in milliseconds. */
const PLAY_INTERVAL = 900;

export class Timeline {
  private readonly slider: HTMLInputElement;
  private readonly play: HTMLButtonElement;
  private readonly whole: HTMLButtonElement;
  private readonly label: HTMLOutputElement;
  private timer = 0;

  constructor(
    container: HTMLElement,
    private readonly steps: readonly Step[],
    private readonly onStep: (step: number) => void,
  ) {
    const title = message("time.slider");
    this.play = element("button", { id: "map-play", type: "button", class: "map-button map-play" });
    this.whole = element(
      "button",
      { id: "map-whole", type: "button", class: "map-button" },
      message("time.whole"),
    );
    this.label = element("output", { id: "map-step-label", for: "map-slider", "aria-live": "polite" });
    this.slider = element("input", {
      id: "map-slider",
      type: "range",
      min: WHOLE_SPAN,
      max: steps.length - 1,
      step: 1,
      "aria-label": title,
    });
    container.append(this.play, this.whole, this.slider, this.label);
    this.slider.addEventListener("input", () => this.choose(Number(this.slider.value)));
    this.whole.addEventListener("click", () => this.choose(WHOLE_SPAN));
    this.play.addEventListener("click", () => (this.timer ? this.stop() : this.start()));
    this.stop();
  }

  /** Shows `step` without telling anybody. */
  show(step: number): void {
    const label = this.steps[step]?.label ?? this.span();
    this.slider.value = String(step);
    this.slider.setAttribute("aria-valuetext", label);
    this.label.value = label;
    this.whole.setAttribute("aria-pressed", String(step === WHOLE_SPAN));
    const share = this.steps.length ? (step + 1) / this.steps.length : 0;
    this.slider.style.setProperty("--share", `${share * 100}%`);
  }

  labelOf(step: number): string {
    return this.steps[step]?.label ?? [message("time.whole"), this.span()].join(" ");
  }

  /** First and last step: what "whole span" means here. */
  private span(): string {
    const [first, last] = [this.steps[0]?.label, this.steps.at(-1)?.label];
    return first === last ? (first ?? "") : `${first} – ${last}`;
  }

  private choose(step: number): void {
    this.stop();
    this.onStep(step);
  }

  private start(): void {
    const advance = () => {
      const next = Number(this.slider.value) + 1;
      if (next >= this.steps.length) this.stop();
      else this.onStep(next);
    };
    if (Number(this.slider.value) >= this.steps.length - 1) this.onStep(0);
    else advance();
    this.timer = window.setInterval(advance, PLAY_INTERVAL);
    this.showPlaying(true);
  }

  private stop(): void {
    window.clearInterval(this.timer);
    this.timer = 0;
    this.showPlaying(false);
  }

  private showPlaying(playing: boolean): void {
    const text = message(playing ? "time.pause" : "time.play");
    this.play.classList.toggle("is-playing", playing);
    this.play.setAttribute("aria-label", text);
    this.play.title = text;
  }
}
