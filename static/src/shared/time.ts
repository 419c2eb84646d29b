import type { Language } from "./language";
import { siteClock } from "./site_clock";

/** Another one whenever a day may have begun, in whatever zone: what was said of times then may need its date. */
export function quarterOf(at: number): number {
  return Math.floor(at / 900_000);
}

/** "14.03", with the day in front if that is not today. `at` and `now` in unix ms. */
export function shortMoment(at: number, now: number, language: Language): string {
  const clock = siteClock.text("clock", at, language);
  const day = siteClock.text("day", at, language);
  return day === siteClock.text("day", now, language) ? clock : `${day} ${clock}`;
}

/** The same with the zone: "14.03 WITA". */
export function zonedMoment(at: number, now: number, language: Language): string {
  return `${shortMoment(at, now, language)} ${siteClock.nameAt(at)}`;
}

/** "sejak 14.03 WITA", with the day in front if that is not today. `at` and `now` in unix ms. */
export function sinceText(at: number, now: number, language: Language): string {
  return `${SINCE[language]} ${zonedMoment(at, now, language)}`;
}

/** The same without the zone, where there is little room. */
export function shortSinceText(at: number, now: number, language: Language): string {
  return `${SINCE[language]} ${shortMoment(at, now, language)}`;
}

/** "per 14.03": how it was then, and what has come of it since is not known. */
export function asOfText(at: number, now: number, language: Language): string {
  return `${AS_OF[language]} ${shortMoment(at, now, language)}`;
}

/** "14.03.21 WITA": to the second. `at` in unix ms. */
export function clockText(at: number, language: Language): string {
  return `${siteClock.text("seconds", at, language)} ${siteClock.nameAt(at)}`;
}

/** "20261128-140321-WITA", for the name of a file. */
export function fileTime(at: number): string {
  const [date, time] = [siteClock.dateOf(at).replaceAll("-", ""), siteClock.timeOf(at).replaceAll(":", "")];
  return `${date}-${time}-${siteClock.nameAt(at).replace(/[^\w+-]/g, "")}`; // "GMT+5:30" would be no name on Windows
}

/** "3 dtk", "12 mnt", "5 jam", "2 hari". */
export function ageText(ms: number, language: Language): string {
  const s = Math.max(0, Math.round(ms / 1000));
  const [count, unit] = s < 90 ? [s, 0] : s < 5400 ? [s / 60, 1] : s < 172_800 ? [s / 3600, 2] : [s / 86_400, 3];
  return `${Math.round(count)} ${UNITS[language][unit] ?? ""}`;
}

/** "3 dtk yang lalu". */
export function agoText(ms: number, language: Language): string {
  return `${ageText(ms, language)} ${AGO[language]}`;
}

const SINCE: Record<Language, string> = { id: "sejak", en: "since" };
const AS_OF: Record<Language, string> = { id: "per", en: "as of" };
const AGO: Record<Language, string> = { id: "yang lalu", en: "ago" };
const UNITS: Record<Language, readonly string[]> = { id: ["dtk", "mnt", "jam", "hari"], en: ["s", "min", "h", "days"] };
