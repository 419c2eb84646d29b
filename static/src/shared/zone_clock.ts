/** The clock of a time zone: its texts, and instants (unix ms) as fields and sliders have them. Pure. */
import type { Language } from "./language";

/** People here know these by their own names, which browsers know in Indonesian alone. */
export const ZONE_NAMES: Readonly<Record<string, string>> = {
  "Asia/Makassar": "WITA",
  "Asia/Jakarta": "WIB",
  "Asia/Pontianak": "WIB",
  "Asia/Jayapura": "WIT",
  "Etc/UTC": "UTC",
  UTC: "UTC",
};

const LOCALES: Readonly<Record<Language, string>> = { id: "id-ID", en: "en-GB" };
const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
const TEXTS = {
  /** "14.03" */
  clock: CLOCK,
  /** "14.03.21" */
  seconds: { ...CLOCK, second: "2-digit" },
  /** "28 Nov" */
  day: { day: "numeric", month: "short" },
  /** "Sabtu, 28 November 2026" */
  longDay: { weekday: "long", day: "numeric", month: "long", year: "numeric" },
  /** "28 Nov 2026, 14.03.21" */
  dateTime: { ...CLOCK, year: "numeric", month: "short", day: "numeric", second: "2-digit" },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;
const NUMBERS = { ...CLOCK, year: "numeric", month: "numeric", day: "numeric", second: "2-digit" } as const;

const DAY_MS = 24 * 3_600_000;

export class ZoneClock {
  /** To make one takes a browser far longer than to use it. */
  readonly #formats = new Map<string, Intl.DateTimeFormat>();
  readonly #numbers: Intl.DateTimeFormat;

  /** `zone`: a name of the IANA database. Throws RangeError for one that this browser does not know. */
  constructor(readonly zone: string) {
    this.#numbers = new Intl.DateTimeFormat("en-GB", { ...NUMBERS, timeZone: zone });
  }

  /** What the zone is called the year round: "WITA", "CET". */
  get name(): string {
    return this.#called("shortGeneric", Date.now());
  }

  /** What it is called at an instant: "WITA"; "CEST" in summer. */
  nameAt(at: number): string {
    return this.#called("short", at);
  }

  text(kind: keyof typeof TEXTS, at: number, language: Language): string {
    return this.#format(kind, LOCALES[language], TEXTS[kind]).format(at);
  }

  /** What the clock shows, as a number: unix ms of the instant at which a clock of UTC shows the same. */
  reading(at: number): number {
    const parts = new Map(this.#numbers.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
    const seconds = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
    return seconds + at - Math.floor(at / 1000) * 1000;
  }

  /** "2026-11-29" */
  dateOf(at: number): string {
    return new Date(this.reading(at)).toISOString().slice(0, 10);
  }

  /** "14:03:21" */
  timeOf(at: number): string {
    return new Date(this.reading(at)).toISOString().slice(11, 19);
  }

  /**
   * When the clock shows a date and a time ("14:03", or to the second); null: there is no such. Of an hour that comes
   * twice it is the first; one that is skipped is counted on from before it: as Python's `datetime` has both.
   */
  instantOf(date: string, time: string): number | null {
    if (!/^\d{4}-\d\d-\d\d$/.test(date) || !/^\d\d?:\d\d(:\d\d)?$/.test(time)) return null;
    const wanted = Date.parse(`${date}T${time.padStart(time.length < 6 ? 5 : 8, "0")}Z`);
    if (Number.isNaN(wanted)) return null;
    // A zone does not change twice in two days, and no clock is a day away from UTC.
    const [before, after] = [wanted - this.#ahead(wanted - DAY_MS), wanted - this.#ahead(wanted + DAY_MS)];
    return this.reading(before) !== wanted && this.reading(after) === wanted ? after : before;
  }

  /** The same of a field `datetime-local`; null where it is empty. */
  instantOfField(value: string): number | null {
    const [date = "", time = ""] = value.split("T");
    return this.instantOf(date, time);
  }

  /** When the day began that this instant is in. */
  dayStart(at: number): number {
    return this.instantOf(this.dateOf(at), "00:00") ?? at;
  }

  /** When the next one begins: a day has 23 to 25 hours. */
  dayEnd(at: number): number {
    return this.dayStart(this.dayStart(at) + 1.5 * DAY_MS);
  }

  /** 1 is Monday. */
  weekdayOf(at: number): number {
    return new Date(this.reading(at)).getUTCDay() || 7;
  }

  #ahead(at: number): number {
    return this.reading(at) - at;
  }

  #called(how: "short" | "shortGeneric", at: number): string {
    const known = ZONE_NAMES[this.zone];
    if (known !== undefined) return known;
    const parts = this.#format(how, "en-GB", { timeZoneName: how }).formatToParts(at);
    return parts.find(({ type }) => type === "timeZoneName")?.value ?? this.zone;
  }

  #format(what: string, locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
    const key = `${what} ${locale}`;
    let format = this.#formats.get(key);
    if (!format) {
      format = new Intl.DateTimeFormat(locale, { ...options, timeZone: this.zone });
      this.#formats.set(key, format);
    }
    return format;
  }
}

const clocks = new Map<string, ZoneClock | null>();

/** The clock of a zone; null for one that this browser does not know. */
export function clockOf(zone: string): ZoneClock | null {
  const known = clocks.get(zone);
  if (known !== undefined) return known;
  const made = madeOf(zone);
  clocks.set(zone, made);
  return made;
}

function madeOf(zone: string): ZoneClock | null {
  try {
    return new ZoneClock(zone);
  } catch {
    return null;
  }
}
