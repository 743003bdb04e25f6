import { describe, expect, it } from "vitest";
import { Asker, isGivenUp } from "../src/counts/answers";
import { countBreaks, countRanges } from "../src/counts/classes";
import { countsIn, decodeCounts } from "../src/counts/counts_payload";
import { chipsOf, shiftDay } from "../src/counts/describing";
import { NO_FILTER } from "../src/counts/filter";
import { decodePolyline, encloses, encodePolyline, MOST_VERTICES, simplify } from "../src/counts/polyline";
import { cellQuestion, togetherQuestion } from "../src/counts/questions";
import { presetWindow } from "../src/counts/presets";
import { signInAddress } from "../src/map/api";
import type { LngLat } from "../src/map/hexagons";

/** What `pack` of app/hotspots/packing.py writes. */
function packed(header: object, columns: Record<string, Float64Array | Uint8Array | Uint32Array>): ArrayBuffer {
  const names = { Float64Array: "float64", Uint8Array: "uint8", Uint32Array: "uint32" } as Record<string, string>;
  let offset = 0;
  const described = Object.entries(columns).map(([name, column]) => {
    const entry = { name, dtype: names[column.constructor.name], length: column.length, offset };
    offset += Math.ceil(column.byteLength / 8) * 8;
    return entry;
  });
  const text = new TextEncoder().encode(JSON.stringify({ ...header, columns: described }));
  const begin = Math.ceil((4 + text.length) / 8) * 8;
  const bytes = new Uint8Array(begin + offset);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 4);
  Object.values(columns).forEach((column, i) => bytes.set(new Uint8Array(column.buffer), begin + (described[i]?.offset ?? 0)));
  return bytes.buffer;
}

const PERIODS = ["2025-01", "2025-02", "2025-03"].map((label) => ({ label, from: `${label}-01`, to: "", days: 30 }));

describe("counts of cells", () => {
  // By period: cells 0 and 2; none; cells 1 and 2. Callers: the whole is less than the sum.
  const cells = decodeCounts(
    packed(
      { version: 2, n: 3, resolution: 9, shift: 18, suffix: "3ffff", periods: PERIODS, totals: [] },
      {
        cell_delta: Float64Array.of(5, 1, 2),
        start: Uint32Array.of(0, 2, 2, 4),
        place: Uint8Array.of(0, 2, 1, 1),
        count: Uint8Array.of(4, 7, 3, 9),
        whole: Uint8Array.of(4, 3, 12),
      },
    ),
  );

  it("are read period by period", () => {
    expect([...countsIn(cells, ["2025-01"])]).toEqual([4, 0, 7]);
    expect([...countsIn(cells, ["2025-02"])]).toEqual([0, 0, 0]);
    expect([...countsIn(cells, ["2025-01", "2025-03"])]).toEqual([4, 3, 16]);
  });

  it("do not add up callers over the whole window", () => {
    expect([...countsIn(cells, [])]).toEqual([4, 3, 12]);
  });

  it("name the column that is missing", () => {
    expect(() => decodeCounts(packed({ version: 2, n: 0, periods: [] }, {}))).toThrow(/start/);
  });
});

describe("classes of counts", () => {
  it("hold about as many cells each, nought left out", () => {
    const counts = [0, 0, 0, ...Array.from({ length: 100 }, (_, i) => i + 1)];
    expect(countBreaks(counts)).toEqual([21, 41, 61, 81]);
  });

  it("keep equal counts together and share the colours among the rest", () => {
    expect(countBreaks([1, 1, 1, 1, 1, 1, 1, 2, 3, 9])).toEqual([2, 3, 9]);
    expect(countBreaks([1, 1, 1])).toEqual([]);
  });

  it("are written without a gap", () => {
    expect(countRanges([2, 6, 15], String)).toEqual(["1", "2–5", "6–14", "≥ 15"]);
  });
});

describe("a lasso as text", () => {
  it("is the published example of the format", () => {
    const points: LngLat[] = [[-120.2, 38.5], [-120.95, 40.7], [-126.453, 43.252]];
    expect(encodePolyline(points)).toBe("_p~iF~ps|U_ulLnnqC_mqNvxq`@");
    expect(decodePolyline("_p~iF~ps|U_ulLnnqC_mqNvxq`@")).toEqual(points);
  });

  it.each(["", "_p~iF", "_p~iF~ps|U_ulL", "\u0001\u0002", "___________"])("is none: %j", (text) => {
    expect(decodePolyline(text)).toBeNull();
  });

  it("keeps its shape with few vertices", () => {
    const circle = Array.from({ length: 1000 }, (_, i): [number, number] => [300 * Math.cos((i * Math.PI) / 500), 300 * Math.sin((i * Math.PI) / 500)]);
    const kept = simplify(circle);
    expect(kept.length).toBeGreaterThan(8);
    expect(kept.length).toBeLessThanOrEqual(MOST_VERTICES);
    const area = (ring: readonly (readonly [number, number])[]) =>
      Math.abs(ring.reduce((sum, [x, y], i) => sum + x * ring[(i + 1) % ring.length]![1] - y * ring[(i + 1) % ring.length]![0], 0) / 2);
    expect(area(kept) / area(circle)).toBeGreaterThan(0.97);
  });
});

describe("a line drawn by hand", () => {
  const ring: [number, number][] = [[0, 0], [40, 3], [38, 41], [1, 39]];

  it("is a ring from three corners on", () => {
    expect(encloses(ring)).toBe(true);
    expect(encloses(ring.slice(0, 3))).toBe(true);
    expect(encloses([[0, 0], [40, 40], [40, 0], [0, 40]]), "loops that cross").toBe(true);
  });

  it.each([
    ["nothing", []],
    ["a tap", [[7, 7]]],
    ["an unsteady tap", [[7, 7], [9, 7], [8, 9], [7, 8]]],
    ["a stroke", [[0, 0], [20, 21], [40, 40]]],
    ["a stroke there and back", [[0, 0], [20, 21], [40, 40], [21, 20], [1, 2]]],
  ] as [string, [number, number][]][])("is none: %s", (_, line) => expect(encloses(line)).toBe(false));
});

describe("cells of the size that is shown", () => {
  const parts = (question: string) => Object.fromEntries(new URLSearchParams(question));

  it("follow the zoom and may be coarser where they are too many", () => {
    const filter = { ...NO_FILTER, class: ["噪声"], periods: ["2025-01"], cells: ["892a100d2c3ffff"], lasso: "_p~iF" };
    expect(parts(cellQuestion(filter, 10))).toEqual({ class: "噪声", resolution: "10", coarser: "1" });
  });

  it("are those that were chosen, at every zoom", () => {
    expect(parts(cellQuestion({ ...NO_FILTER, resolution: 9 }, 9))).toEqual({ resolution: "9" });
  });

  it("count several periods together in the size that came", () => {
    const filter = { ...NO_FILTER, measure: "callers" as const, periods: ["2025-01", "2025-02"], lasso: "_p~iF" };
    expect(parts(togetherQuestion(filter, 8))).toEqual({ measure: "callers", periods: "2025-01,2025-02", resolution: "8" });
  });
});

describe("ranges by name", () => {
  it.each([
    ["lastHalf", "2026-01-01", 1, "2025-12-16", "2026-01-01"],
    ["lastHalf", "2026-01-20", 1, "2026-01-01", "2026-01-16"],
    ["lastMonth", "2026-01-01", 1, "2025-12-01", "2026-01-01"],
    ["lastMonth", "2026-01-10", 19, "2025-11-19", "2025-12-19"],
    ["thisYear", "2026-01-01", 1, "2025-01-01", "2026-01-01"],
    ["all", "2026-01-01", 1, null, null],
  ] as const)("%s until %s, months from day %i", (preset, end, monthStart, from, to) => {
    expect(presetWindow(preset, end, monthStart)).toMatchObject({ from, to });
  });

  it("counts days over the end of a month", () => {
    expect([shiftDay("2024-02-28", 1), shiftDay("2026-01-01", -1)]).toEqual(["2024-02-29", "2025-12-31"]);
  });
});

describe("questions under way", () => {
  function slow() {
    const signals: AbortSignal[] = [];
    const asker = new Asker<string>((question, signal) => {
      signals.push(signal);
      return new Promise((tell, refuse) => {
        signal.addEventListener("abort", () => refuse(new DOMException("", "AbortError")));
        setTimeout(() => tell(question.toUpperCase()), 5);
      });
    });
    return { asker, signals };
  }

  it("are asked once and remembered", async () => {
    const { asker, signals } = slow();
    expect(await Promise.all([asker.ask("a"), asker.ask("a")])).toEqual(["A", "A"]);
    expect([await asker.ask("a"), asker.recall("a"), signals.length]).toEqual(["A", "A", 1]);
  });

  it("are given up when superseded, and can be asked again", async () => {
    const { asker, signals } = slow();
    const first = asker.ask("a").catch((error: unknown) => isGivenUp(error));
    asker.keepOnly(["b"]);
    expect([await first, signals[0]?.aborted]).toEqual([true, true]);
    expect(await asker.ask("a")).toBe("A");
  });
});

describe("what is on", () => {
  it("can be taken out one by one", () => {
    document(() => {
      const filter = { ...NO_FILTER, class: ["噪声/施工", "物业"], measure: "callers" as const, from: "2025-01-01", to: "2025-02-01" };
      const chips = chipsOf(filter, null);
      expect(chips.map(({ part, value }) => [part, value])).toEqual([
        ["from", "2025-01-01 至 2025-01-31"],
        ["class", "噪声 / 施工"],
        ["class", "物业"],
        ["measure", "诉求人数"],
      ]);
      expect(chips[1]?.without).toEqual({ ...filter, class: ["物业"] });
    });
  });
});

/** Words ask the page for its language. */
function document(test: () => void): void {
  const page = globalThis as { document?: unknown };
  page.document = { documentElement: { lang: "zh-CN" } };
  test();
  delete page.document;
}

describe("an expired session", () => {
  it("leads to the sign-in, which leads back to the state", () => {
    const address = signInAddress({ pathname: "/hotspots", search: "?layer=counts&class=噪声/施工&class=a%26b" });
    expect(new URLSearchParams(address.split("?")[1]).get("next")).toBe("/hotspots?layer=counts&class=噪声/施工&class=a%26b");
  });
});
