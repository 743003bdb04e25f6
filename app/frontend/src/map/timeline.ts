// The slider over the run's steps: its leftmost stop is the whole span.
import { element } from "../dom";
import { message } from "../messages";
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
    private readonly steps: readonly { label: string }[],
    private readonly onStep: (step: number) => void,
    name = "map",
  ) {
    const title = message("time.slider");
    this.play = element("button", { id: `${name}-play`, type: "button", class: "map-button map-play" });
    this.whole = element(
      "button",
      { id: `${name}-whole`, type: "button", class: "map-button" },
      message("time.whole"),
    );
    this.label = element("output", { id: `${name}-step-label`, class: "time-label", for: `${name}-slider`, "aria-live": "polite" });
    this.slider = element("input", {
      id: `${name}-slider`,
      class: "time-slider",
      type: "range",
      min: WHOLE_SPAN,
      max: steps.length - 1,
      step: 1,
      "aria-label": title,
    });
    container.append(this.play, this.whole, this.slider, this.label);
    this.slider.addEventListener("input", () => this.choose(Number(this.slider.value)));
    this.whole.addEventListener("click", () => this.choose(WHOLE_SPAN));
    this.play.addEventListener("click", () => this.toggle());
    this.slider.addEventListener("keydown", (event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      this.toggle();
    });
    this.stop();
  }

  /** Shows `step` without telling anybody; `label` says what else is shown where no single step is. */
  show(step: number, label = this.steps[step]?.label ?? this.span()): void {
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

  private toggle(): void {
    if (this.timer) this.stop();
    else this.start();
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

  /** Ends the playing, if it plays. */
  stop(): void {
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
