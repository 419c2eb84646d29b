/** How old is what the page shows, and the months that it tells of. */
import { siteClock } from "../shared/site_clock";
import { isDead, type State } from "../shared/states";

const MINUTE = 60_000;

export type Freshness = "fresh" | "old" | "none";

/** Twice a round of the sweep (judge.sweep_s is 300 s): a camera that is well has been seen since. */
const FRESH_MS = 10 * MINUTE;

/** Whether a still may be taken for what there is to see now. */
export function freshness(takenMs: number | null, now: number, state: State): Freshness {
  if (takenMs === null) return "none";
  return now - takenMs > FRESH_MS || isDead(state) || state === "stale" ? "old" : "fresh";
}

const MONTHS = 12;

/** This month and those before it, as YYYY-MM of the site's clock. */
export function monthsBack(now: number): string[] {
  const [year = 0, last = 1] = siteClock.dateOf(now).split("-").map(Number);
  return Array.from({ length: MONTHS }, (_, back) => {
    const at = new Date(Date.UTC(year, last - 1 - back, 1));
    return at.toISOString().slice(0, 7);
  });
}
