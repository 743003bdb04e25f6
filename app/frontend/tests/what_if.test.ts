import { describe, expect, it } from "vitest";
import vectors from "../../../tests/spatial/what_if_vectors.json";
import { crossing, rankClass, scoreStandings, standingOf } from "../src/candidates/what_if";

describe("scores under other weights", () => {
  it.each(vectors)("agree with the server's: $name", ({ codes, doubled, weights, score, rank, order, contributions }) => {
    const keys = Object.keys(weights);
    const standing = Object.fromEntries(keys.map((key) => [key, standingOf((doubled as Record<string, (number | null)[]>)[key] ?? [])]));
    const found = scoreStandings(codes, standing, weights as unknown as Record<string, number>);
    expect(found.rank).toEqual(rank);
    expect(found.order).toEqual(order);
    found.score.forEach((value, i) => expect(Math.abs(value - (score[i] as number))).toBeLessThan(1e-9));
    for (const key of keys) {
      const told = (contributions as unknown as Record<string, number[]>)[key] as number[];
      found.contributions[key]?.forEach((value, i) => expect(Math.abs(value - (told[i] as number))).toBeLessThan(1e-9));
    }
    found.score.forEach((value, i) => {
      const sum = keys.reduce((all, key) => all + (found.contributions[key]?.[i] ?? 0), 0);
      expect(Math.abs(sum - value)).toBeLessThan(1e-9);
    });
  });

  it("tell who enters the first and who leaves", () => {
    expect(crossing([1, 2, 3, 4], [4, 1, 2, 3], 2)).toEqual({ entering: [2], leaving: [0] });
    expect(crossing([1, 2], [1, 2], 1)).toEqual({ entering: [], leaving: [] });
  });

  it("colour by rank", () => {
    expect([1, 10, 11, 20, 21, 50, 51].map((rank) => rankClass(rank, 10))).toEqual([3, 3, 2, 2, 1, 1, 0]);
  });
});
