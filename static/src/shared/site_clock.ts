/** The site's clock: that of `timezone` in config.yaml, which the server writes into each page (wallserver/page_zone.py). */
import { clockOf, ZoneClock } from "./zone_clock";

const ELSE = "Asia/Makassar";

function told(): string {
  return typeof document === "undefined" ? ELSE : (document.documentElement.dataset.timezone ?? ELSE);
}

/** UTC, and called so, where this browser does not know the site's zone: better than no page. */
export const siteClock = clockOf(told()) ?? new ZoneClock("UTC");
