import type { Language } from "./language";

const UNITS: Record<Language, readonly [string, string, string, string]> = {
  id: ["dtk", "mnt", "jam", "hari"],
  en: ["s", "min", "h", "d"],
};
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "40 dtk", "12 mnt", "3 jam 5 mnt", "2 hari 4 jam". */
export function durationText(ms: number, language: Language): string {
  const [second, minute, hour, day] = UNITS[language];
  if (ms < MINUTE) return `${Math.max(0, Math.floor(ms / SECOND))} ${second}`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} ${minute}`;
  if (ms < DAY) return two(Math.floor(ms / HOUR), hour, Math.floor((ms % HOUR) / MINUTE), minute);
  return two(Math.floor(ms / DAY), day, Math.floor((ms % DAY) / HOUR), hour);
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
