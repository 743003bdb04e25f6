// The questions that the page asks for a filter, so that they can be asked before there is a map to show them.
import { isCounting, type State } from "../map/state";
import { Asker } from "./answers";
import { fetchCounts, fetchOptions, fetchViews, type Options, type Views } from "./api";
import type { CellCounts } from "./counts_payload";
import { type Filter, questionOf, without } from "./filter";

/** The map is a view as well: what is selected on it, and the slider's period, its question leaves open. */
export function cellQuestion(filter: Filter): string {
  return questionOf(without(filter, "periods", "cells", "lasso"));
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
    if (state.layers.has("counts")) quiet(this.counts.ask(cellQuestion(state.filter)));
    quiet(this.views.ask(questionOf(state.filter)));
  }
}
