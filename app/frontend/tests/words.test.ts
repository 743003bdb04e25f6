import { describe, expect, it } from "vitest";
import { formatBytes, formatFigure, formatNumber } from "../src/format";
import { pageLocale, translate } from "../src/messages";
import { isLocalPath } from "../src/page/jobs";

describe("words", () => {
  it("speaks Chinese unless the page says English", () => {
    expect([pageLocale("zh-Hans"), pageLocale(""), pageLocale("en"), pageLocale("en-GB")]).toEqual([
      "zh-Hans",
      "zh-Hans",
      "en",
      "en",
    ]);
  });

  it("puts a noun into the singular for one", () => {
    expect(["0", "1", "2"].map((count) => translate("en", "hover.count.callers", { count }))).toEqual([
      "0 callers",
      "1 caller",
      "2 callers",
    ]);
    expect(translate("zh-Hans", "hover.count.callers", { count: "1" })).toBe("1 人");
  });

  it("fills in values and leaves what it was not given", () => {
    expect(translate("en", "hover.count.reports", { count: "12" })).toBe("12 cases");
    expect(translate("zh-Hans", "error.load")).toContain("{reason}");
  });
});

describe("numbers", () => {
  it("shows a dash for what is missing", () => {
    expect([formatNumber(null, 0, "en"), formatNumber(Number.NaN, 1, "en"), formatFigure(null, "en")]).toEqual([
      "—",
      "—",
      "—",
    ]);
  });

  it("keeps small figures above nought and large ones short", () => {
    expect([0.000412, 3.14159, 17.25, 12345.6, 0].map((value) => formatFigure(value, "en"))).toEqual([
      "0.000412",
      "3.14",
      "17.3",
      "12,345.6",
      "0",
    ]);
  });

  it("gives bytes in the unit a person would choose", () => {
    expect([0, 999, 640_000, 12_500_000].map((bytes) => formatBytes(bytes, "en"))).toEqual([
      "0 B",
      "999 B",
      "640 kB",
      "12.5 MB",
    ]);
  });
});

describe("where a finished job may lead", () => {
  it("stays on this site", () => {
    expect(["/cases/batches/1", "//evil.example", "https://evil.example", "/\\evil.example"].map(isLocalPath)).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});
