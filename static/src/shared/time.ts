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

/** "sejak 14.03 WITA", with the day in front if that is not today. `at` and `now` in unix ms. */
export function sinceText(at: number, now: number, language: Language): string {
  const { clock, day } = formats[language];
  const when = day.format(at) === day.format(now) ? "" : `${day.format(at)} `;
  return `${language === "en" ? "since" : "sejak"} ${when}${clock.format(at)} WITA`;
}

/** The same without the zone, where there is little room. */
export function shortSinceText(at: number, now: number, language: Language): string {
  return sinceText(at, now, language).replace(/ WITA$/, "");
}
