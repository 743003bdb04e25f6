import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SIZE_DELAY, SizeByZoom } from "../src/counts/size_by_zoom";
import { sizeAt } from "../src/map/sizes";

const SIZES = [
  { resolution: 8, from_zoom: 0 },
  { resolution: 9, from_zoom: 9.2 },
  { resolution: 10, from_zoom: 12.3 },
];

test("the finest size is shown whose zoom has been reached", () => {
  expect([3, 9.19, 9.2, 12.29, 12.3, 18].map((zoom) => sizeAt(SIZES, zoom, 9))).toEqual([8, 8, 9, 9, 10, 10]);
});

test("a run with one size shows it at every zoom", () => {
  expect([3, 18].map((zoom) => sizeAt([{ resolution: 9, from_zoom: 0 }], zoom, 9))).toEqual([9, 9]);
});

describe("the size that follows a map", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** A map that is only zoomed. */
  function followed(zoom: number) {
    const heard: (() => void)[] = [];
    const map = { getZoom: () => zoom, on: (_: string, listener: () => void) => heard.push(listener) };
    const changed = vi.fn();
    const size = new SizeByZoom(map as unknown as ConstructorParameters<typeof SizeByZoom>[0], SIZES, 9, changed);
    const zoomTo = (wanted: number) => {
      zoom = wanted;
      for (const listener of heard) listener();
    };
    return { size, changed, zoomTo };
  }

  test("changes once after a gesture, however many sizes it passes", () => {
    const { size, changed, zoomTo } = followed(8);
    for (const zoom of [9.5, 11, 12.5]) {
      zoomTo(zoom);
      vi.advanceTimersByTime(SIZE_DELAY - 1);
    }
    expect([size.current, changed.mock.calls.length]).toEqual([8, 0]);
    vi.advanceTimersByTime(1);
    expect([size.current, changed.mock.calls.length]).toEqual([10, 1]);
  });

  test("does not change where the gesture comes back, or stays within the size", () => {
    const { size, changed, zoomTo } = followed(10);
    for (const zoom of [12.5, 12]) zoomTo(zoom);
    vi.advanceTimersByTime(SIZE_DELAY);
    expect([size.current, changed.mock.calls.length]).toEqual([9, 0]);
  });

  test("is taken at once by what is drawn anew, and then not told again", () => {
    const { size, changed, zoomTo } = followed(10);
    zoomTo(13);
    size.refresh();
    expect(size.current).toBe(10);
    vi.advanceTimersByTime(SIZE_DELAY);
    expect(changed).not.toHaveBeenCalled();
  });
});
