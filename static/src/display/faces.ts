/** What panels say, worked out without a document: clock faces, sizes of texts. Pure. */
import type { Language } from "../shared/language";
import { clockOf, ZONE_NAMES } from "../shared/zone_clock";

export interface ClockFace {
  readonly time: string;
  readonly date: string;
  readonly zone: string;
}

/** The time at `now` (unix ms) in a zone; null for a zone that this browser does not know. */
export function clockFace(now: number, zone: string, language: Language): ClockFace | null {
  const clock = clockOf(zone);
  return clock && { time: clock.text("clock", now, language), date: clock.text("longDay", now, language), zone: zoneName(zone) };
}

/** A zone as people call it: its Indonesian name, or its city. */
export function zoneName(zone: string): string {
  return ZONE_NAMES[zone] ?? (zone.split("/").at(-1) ?? zone).replaceAll("_", " ");
}

/** Of the size of a letter: its usual width, and the height of a line. */
const WIDTH = 0.56;
const LINE = 1.3;
/** No larger than this share of the cell's height, however short the text. */
const LARGEST = 0.34;
const FILLED = 0.86;

/** The largest letters with which a text fits a cell, as a share of its height. `shape`: width ÷ height of the cell. */
export function letterSize(text: string, shape: number): number {
  const lines = text.split("\n").map((line) => Math.max(1, line.length));
  const longest = Math.max(...lines);
  let best = 0;
  for (let wide = 1; wide <= longest; wide += 1) {
    const rows = lines.reduce((sum, line) => sum + Math.ceil(line / wide), 0);
    // Words are not cut: a line is seldom quite full.
    const across = (FILLED * shape) / ((wide < longest ? wide * 1.15 : wide) * WIDTH);
    best = Math.max(best, Math.min(across, FILLED / (rows * LINE), LARGEST));
  }
  return best;
}
