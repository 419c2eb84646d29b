import type { Language } from "./language";

/** The city's clock: WITA, UTC+8, no summer time. */
const ZONE = "Asia/Makassar";

const formats: Record<Language, { clock: Intl.DateTimeFormat; day: Intl.DateTimeFormat }> = {
  id: formatsOf("id-ID"),
  en: formatsOf("en-GB"),
};

function formatsOf(locale: string): { clock: Intl.DateTimeFormat; day: Intl.DateTimeFormat } {
  return {
    clock: new Intl.DateTimeFormat(locale, {
      timeZone: ZONE,
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    }),
    day: new Intl.DateTimeFormat(locale, { timeZone: ZONE, day: "numeric", month: "short" }),
  };
}

/** "14.03", with the day in front if that is not today. `at` and `now` in unix ms. */
export function shortMoment(at: number, now: number, language: Language): string {
  const { clock, day } = formats[language];
  const when = day.format(at) === day.format(now) ? "" : `${day.format(at)} `;
  return `${when}${clock.format(at)}`;
}

/** "sejak 14.03 WITA", with the day in front if that is not today. `at` and `now` in unix ms. */
export function sinceText(at: number, now: number, language: Language): string {
  return `${language === "en" ? "since" : "sejak"} ${shortMoment(at, now, language)} WITA`;
}

/** The same without the zone, where there is little room. */
export function shortSinceText(at: number, now: number, language: Language): string {
  return sinceText(at, now, language).replace(/ WITA$/, "");
}

/** "14.03.21 WITA": to the second. `at` in unix ms. */
export function clockText(at: number, language: Language): string {
  return `${seconds[language].format(at)} WITA`;
}

/** "20261128-140321-WITA", for the name of a file. */
export function fileTime(at: number): string {
  const parts = new Map(numbers.formatToParts(at).map(({ type, value }) => [type, value]));
  const get = (...types: Intl.DateTimeFormatPartTypes[]): string => types.map((type) => parts.get(type)).join("");
  return `${get("year", "month", "day")}-${get("hour", "minute", "second")}-WITA`;
}

/** "3 dtk", "12 mnt", "5 jam", "2 hari". */
export function ageText(ms: number, language: Language): string {
  const s = Math.max(0, Math.round(ms / 1000));
  const [count, unit] = s < 90 ? [s, 0] : s < 5400 ? [s / 60, 1] : s < 172_800 ? [s / 3600, 2] : [s / 86_400, 3];
  return `${Math.round(count)} ${UNITS[language][unit] ?? ""}`;
}

const UNITS: Record<Language, readonly string[]> = { id: ["dtk", "mnt", "jam", "hari"], en: ["s", "min", "h", "days"] };
const TO_THE_SECOND = { timeZone: ZONE, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" } as const;
const seconds: Record<Language, Intl.DateTimeFormat> = {
  id: new Intl.DateTimeFormat("id-ID", TO_THE_SECOND),
  en: new Intl.DateTimeFormat("en-GB", TO_THE_SECOND),
};
const numbers = new Intl.DateTimeFormat("en-GB", { ...TO_THE_SECOND, year: "numeric", month: "2-digit", day: "2-digit" });
