/** Times and ages in words. */
import type { Language } from "../shared/language";
import { isDead, type State } from "../shared/states";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const clocks = { id: formats("id-ID"), en: formats("en-GB") };

function formats(locale: string): { clock: Intl.DateTimeFormat; day: Intl.DateTimeFormat } {
  const zone = { timeZone: "Asia/Makassar" } as const;
  const clock = { ...zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  return {
    clock: new Intl.DateTimeFormat(locale, clock),
    day: new Intl.DateTimeFormat(locale, { ...zone, day: "numeric", month: "short" }),
  };
}

/** "12.05", with the day in front if that is another one; WITA. */
export function clockText(at: number, now: number, language: Language): string {
  const { clock, day } = clocks[language];
  return day.format(at) === day.format(now) ? clock.format(at) : `${day.format(at)} ${clock.format(at)}`;
}

export type Freshness = "fresh" | "old" | "none";

/** Twice a round of the sweep (judge.sweep_s is 300 s): a camera that is well has been seen since. */
const FRESH_MS = 10 * MINUTE;

/** Whether a still may be taken for what there is to see now. */
export function freshness(takenMs: number | null, now: number, state: State): Freshness {
  if (takenMs === null) return "none";
  return now - takenMs > FRESH_MS || isDead(state) || state === "stale" ? "old" : "fresh";
}

const MONTHS = 12;

/** This month and those before it, as YYYY-MM of the city's clock. */
export function monthsBack(now: number): string[] {
  const [year = 0, last = 1] = new Date(now + 8 * HOUR).toISOString().split("-").map(Number);
  return Array.from({ length: MONTHS }, (_, back) => {
    const at = new Date(Date.UTC(year, last - 1 - back, 1));
    return at.toISOString().slice(0, 7);
  });
}
