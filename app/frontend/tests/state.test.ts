import { describe, expect, it } from "vitest";
import { NO_FILTER } from "../src/counts/filter";
import { nextLayers } from "../src/map/frame";
import { formatState, parseState, type State } from "../src/map/state";

describe("the address of the map", () => {
  it("survives writing and reading", () => {
    const state: State = {
      run: "0123456789abcdef",
      step: 7,
      layers: new Set(["townships", "projects"]),
      selected: { kind: "point", id: "place:安和/3&4" },
      view: { zoom: 12.25, lat: 39.01234, lng: 83.1 },
      filter: NO_FILTER,
    };
    expect(parseState(formatState(state))).toEqual(state);
  });

  it("leaves defaults out", () => {
    expect(formatState(parseState("", "r1"))).toBe("?run=r1");
  });

  it("can say that no layer is on", () => {
    const bare = { ...parseState("", "r1"), layers: new Set<never>() };
    expect(parseState(formatState(bare)).layers.size).toBe(0);
  });

  it.each(["?step=x", "?step=-5", "?selected=cell", "?selected=cell:", "?selected=city:1", "?view=1/2", "?view=1/95/3", "?view=9/a/b"])(
    "takes the default for %s",
    (search) => {
      expect(parseState(search, "r1")).toEqual(parseState("", "r1"));
    },
  );

  it("keeps the new layers and a chosen cluster", () => {
    const search = "?run=r1&layer=emerging,clusters,unusual&selected=cluster:3";
    const state = parseState(search);
    expect([...state.layers]).toEqual(["emerging", "clusters", "unusual"]);
    expect(state.selected).toEqual({ kind: "cluster", id: "3" });
    expect(formatState(state)).toBe(search);
  });

  it("drops layers it does not know", () => {
    expect([...parseState("?layer=cells,heat").layers]).toEqual(["cells"]);
  });
});

describe("a link that names several grounds", () => {
  it("keeps the first, whatever stands between", () => {
    expect([...parseState("?layer=townships,points,cells,projects").layers]).toEqual(["townships", "points", "projects"]);
    expect([...parseState("?layer=cells,townships").layers]).toEqual(["cells"]);
  });
});

describe("layers", () => {
  it("has one ground at a time, marks beside it", () => {
    const shown = nextLayers(new Set(["cells", "points"]), "townships", true);
    expect([...shown].sort()).toEqual(["points", "townships"]);
    expect([...nextLayers(shown, "points", false)]).toEqual(["townships"]);
    const courses = nextLayers(new Set(["cells", "clusters", "unusual"]), "emerging", true);
    expect([...courses].sort()).toEqual(["clusters", "emerging", "unusual"]);
  });
});
