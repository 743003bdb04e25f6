import { describe, expect, it } from "vitest";
import {
  ATTRIBUTIONS,
  DENOMINATORS,
  type Filter,
  LISTS,
  MEASURES,
  narrows,
  NO_FILTER,
  parseFilter,
  PERIODS,
  questionOf,
  RESOLUTIONS,
  toggled,
  without,
} from "../src/counts/filter";
import { formatState, GROUNDS, KINDS, LAYERS, parseState, type State } from "../src/map/state";

/** A generator that gives the same states in every run (mulberry32). */
function generator(seed: number) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number) => Math.floor(next() * n);
  const one = <T>(values: readonly T[]) => values[below(values.length)] as T;
  const some = <T>(make: () => T, most: number) => [...new Set(Array.from({ length: below(most + 1) }, make))];
  return { below, one, some, maybe: <T>(make: () => T) => (next() < 0.5 ? make() : null) };
}

const LETTERS = [..."噪声/施工~&=+%#?,;: \"'<>\\|{}`^@é0aZ\t"];

function stateOf(seed: number): State {
  const { below, one, some, maybe } = generator(seed);
  const text = () => Array.from({ length: 1 + below(12) }, () => one(LETTERS)).join("");
  const two = (n: number) => String(n).padStart(2, "0");
  const day = (year: number) => `${year}-${two(1 + below(12))}-${two(1 + below(28))}`;
  const lists = Object.fromEntries(LISTS.map((name) => [name, some(text, 4)])) as unknown as Pick<Filter, (typeof LISTS)[number]>;
  const ground = maybe(() => one(GROUNDS));
  const marks = LAYERS.filter((name) => !GROUNDS.includes(name) && below(2));
  const filter: Filter = {
    ...lists,
    from: maybe(() => day(2024)),
    to: maybe(() => day(2025)),
    measure: one(MEASURES),
    attribution: one(ATTRIBUTIONS),
    denominator: one(DENOMINATORS),
    resolution: one(RESOLUTIONS),
    period: one(PERIODS),
    monthStart: 1 + below(28),
    cells: some(() => Array.from({ length: 15 }, () => one([..."0123456789abcdef"])).join(""), 5),
    lasso: maybe(text),
    hours: some(() => below(168), 6),
    periods: some(() => one([day(2024), "2024", `2025-${two(1 + below(12))}`]), 5),
  };
  return {
    run: "0123456789abcdef",
    step: below(30) - 1,
    layers: new Set(ground ? [ground, ...marks] : marks),
    selected: maybe(() => ({ kind: one(KINDS), id: text() })),
    view: maybe(() => ({ zoom: below(2400) / 100, lat: below(8_000_000) / 1e5, lng: below(17_000_000) / 1e5 })),
    filter,
  };
}

describe("every state of the page", () => {
  it("survives the way into an address and back", () => {
    for (let seed = 1; seed <= 500; seed++) {
      const state = stateOf(seed);
      const back = parseState(formatState(state));
      expect({ ...back, layers: [...back.layers].sort() }, formatState(state)).toEqual({ ...state, layers: [...state.layers].sort() });
    }
  });

  it("asks the server the same whatever the order of its parts", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const { filter } = stateOf(seed);
      const turned = new URLSearchParams([...new URLSearchParams(questionOf(filter))].reverse());
      // Lists keep the order in which things were chosen; the parts themselves do not matter.
      for (const name of LISTS) filter[name] = [...filter[name]].reverse();
      expect(questionOf(parseFilter(turned))).toBe(questionOf({ ...filter }));
    }
  });
});

describe("a filter", () => {
  it("keeps all cases in unless something keeps them out", () => {
    expect(narrows(NO_FILTER)).toBe(false);
    expect(narrows({ ...NO_FILTER, measure: "callers", period: "day", resolution: 8, denominator: "none" })).toBe(false);
    expect(narrows({ ...NO_FILTER, hours: [0] })).toBe(true);
  });

  it("does not tell the server what rates divide by", () => {
    expect(questionOf({ ...NO_FILTER, denominator: "none" })).toBe("");
  });

  it("names no size of cells while that follows the zoom", () => {
    expect(parseFilter(new URLSearchParams("")).resolution).toBe("zoom");
    expect(questionOf(NO_FILTER)).toBe("");
    expect(questionOf({ ...NO_FILTER, resolution: 9 })).toBe("resolution=9");
  });

  it("opens the part that is a view's own", () => {
    const filter = { ...NO_FILTER, class: ["噪声"], hours: [3] };
    expect(without(filter, "hours")).toEqual({ ...NO_FILTER, class: ["噪声"] });
    expect(filter.hours).toEqual([3]);
  });

  it.each(["?from=2025-13-01", "?from=2025-02-30", "?from=2025-06-01&to=2025-06-01", "?hours=168,x,-1", "?resolution=7", "?month_start=29", "?period=week", "?cells=zz", "?periods=2025-1"])(
    "leaves open what %s says wrongly",
    (search) => expect(parseFilter(new URLSearchParams(search))).toEqual(NO_FILTER),
  );
});

describe("choosing", () => {
  it("replaces what was chosen, adds with shift, and undoes", () => {
    expect(toggled([], "a", false)).toEqual(["a"]);
    expect(toggled(["a"], "b", false)).toEqual(["b"]);
    expect(toggled(["a"], "b", true)).toEqual(["a", "b"]);
    expect(toggled(["a"], "a", false)).toEqual([]);
    expect(toggled(["a", "b"], "a", true)).toEqual(["b"]);
    expect(toggled(["a", "b"], "a", false)).toEqual(["a"]);
  });
});
