/** Times that are written down: with the year and to the second, by the city's clock. */
import type { Language } from "./language";

const PARTS = {
  timeZone: "Asia/Makassar",
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
} as const;
const FORMATS: Record<Language, Intl.DateTimeFormat> = {
  id: new Intl.DateTimeFormat("id-ID", PARTS),
  en: new Intl.DateTimeFormat("en-GB", PARTS),
};

/** "28 Nov 2026, 14.03.21 WITA". `at` in unix ms. */
export function dateTime(at: number, language: Language): string {
  return `${FORMATS[language].format(at)} WITA`;
}
