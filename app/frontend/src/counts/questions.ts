// The questions that the page asks for a filter, so that they can be asked before there is a map to show them.
import { isCounting, type State } from "../map/state";
import { Asker } from "./answers";
import { fetchCounts, fetchOptions, fetchViews, type Options, type Views } from "./api";
import type { CellCounts } from "./counts_payload";
import { type Filter, questionOf, without } from "./filter";

/**
 * The map is a view as well: what is selected on it, and the slider's period, its question leaves open. A size that
 * follows the zoom may give way to a coarser one, where its cells are too many.
 */
export function cellQuestion(filter: Filter, size: number): string {
  const question = ofSize(without(filter, "periods", "cells", "lasso"), size);
  return filter.resolution === "zoom" ? `${question}&coarser=1` : question;
}

/** The chosen periods together, in cells of the size that is shown. */
export function togetherQuestion(filter: Filter, size: number): string {
  return ofSize(without(filter, "cells", "lasso"), size);
}

function ofSize(filter: Filter, size: number): string {
  const query = new URLSearchParams(questionOf(filter));
  query.set("resolution", String(size));
  return query.toString();
}

export class Questions {
  readonly counts = new Asker<CellCounts>(fetchCounts);
  readonly views = new Asker<Views>(fetchViews);
  readonly options = new Asker<Options>(fetchOptions);

  /** Asks what a state will need, while the map is still being made. Faults are told when it is needed. */
  askAhead(state: State): void {
    const quiet = (answer: Promise<unknown>) => void answer.catch(() => undefined);
    quiet(this.options.ask(state.filter.attribution));
    if (!isCounting(state)) return;
    const { resolution } = state.filter;
    // A size that follows the zoom waits for the map, which knows it.
    if (state.layers.has("counts") && resolution !== "zoom") quiet(this.counts.ask(cellQuestion(state.filter, resolution)));
    quiet(this.views.ask(questionOf(state.filter)));
  }
}
