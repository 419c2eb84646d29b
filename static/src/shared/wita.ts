/** Instants by the city's clock as fields and sliders have them: WITA is UTC+8, without summer time. Pure. */

const OFFSET_MS = 8 * 3_600_000;
export const DAY_MS = 24 * 3_600_000;

/** "2026-11-29", of unix ms. */
export function dateOf(at: number): string {
  return new Date(at + OFFSET_MS).toISOString().slice(0, 10);
}

/** "14:03:21", of unix ms. */
export function timeOf(at: number): string {
  return new Date(at + OFFSET_MS).toISOString().slice(11, 19);
}

/** Unix ms of a date and a time ("14:03", or to the second); null: there is no such. */
export function instantOf(date: string, time: string): number | null {
  if (!/^\d{4}-\d\d-\d\d$/.test(date) || !/^\d\d?:\d\d(:\d\d)?$/.test(time)) return null;
  const at = Date.parse(`${date}T${time.padStart(time.length < 6 ? 5 : 8, "0")}+08:00`);
  return Number.isNaN(at) ? null : at;
}

/** When the day began that this instant is in. */
export function dayStart(at: number): number {
  return Math.floor((at + OFFSET_MS) / DAY_MS) * DAY_MS - OFFSET_MS;
}

/** 1 is Monday. */
export function weekdayOf(at: number): number {
  return new Date(at + OFFSET_MS).getUTCDay() || 7;
}
