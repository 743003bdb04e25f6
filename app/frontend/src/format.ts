// Numbers as the page's reader writes them.
import { type Locale, pageLocale } from "./messages";

const TAG: Record<Locale, string> = { "zh-Hans": "zh-CN", en: "en-GB" };

/** `1,234` — or `12.3` where digits after the point matter; a dash for a missing value. */
export function formatNumber(value: number | null | undefined, digits = 0, locale: Locale = pageLocale()): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "—";
  return new Intl.NumberFormat(TAG[locale], { maximumFractionDigits: digits }).format(value);
}

/** Small counts that are not told read `<5`: the server's SUPPRESSION_THRESHOLD. */
export const UNTOLD = "<5";

/** A count of the server's answers: below nought stand its marks for a small one and for one that is hidden. */
export function formatTold(count: number | null | undefined, locale: Locale = pageLocale()): string {
  if (typeof count === "number" && count < 0) return count === -1 ? UNTOLD : "–";
  return formatNumber(count, 0, locale);
}

/** A count as `formatNumber` writes it, or that it is a small one. */
export function formatCount(count: number | "suppressed", locale: Locale = pageLocale()): string {
  return count === "suppressed" ? UNTOLD : formatNumber(count, 0, locale);
}

/**
 * A figure of any size, with the digits it needs: three where it is below ten, so that neither a q-value
 * nor a small expected count reads as nought.
 */
export function formatFigure(value: number | null | undefined, locale: Locale = pageLocale()): string {
  if (value === null || value === undefined || Math.abs(value) >= 10) return formatNumber(value, 1, locale);
  if (Number.isNaN(value)) return "—";
  return new Intl.NumberFormat(TAG[locale], { maximumSignificantDigits: 3 }).format(value);
}

/** Bytes in the unit a person would choose: `640 kB`, `12.5 MB`. */
export function formatBytes(bytes: number, locale: Locale = pageLocale()): string {
  const units = ["B", "kB", "MB", "GB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  return `${formatNumber(bytes / 1000 ** power, power > 1 ? 1 : 0, locale)} ${units[power]}`;
}
