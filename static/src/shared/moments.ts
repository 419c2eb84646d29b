/** Times that are written down: with the year and to the second, by the site's clock. */
import type { Language } from "./language";
import { siteClock } from "./site_clock";

/** "28 Nov 2026, 14.03.21 WITA". `at` in unix ms. */
export function dateTime(at: number, language: Language): string {
  return `${siteClock.text("dateTime", at, language)} ${siteClock.nameAt(at)}`;
}
