/** What control measured, as a chart draws it: pure. */
import type { AlignedData } from "uplot";

/** The site at `at_ms`, or since the point before; null: nobody knows (trends.py). */
export interface Point {
  readonly at_ms: number;
  readonly live: number;
  readonly faulty: number;
  readonly dead: number;
  readonly sessions: number | null;
  readonly cpu: Readonly<Record<string, number | null>> | null;
  readonly memory_mb: number | null;
  readonly sent_mbps: number | null;
  readonly loss: number | null;
  readonly rtt_ms: number | null;
  readonly dropped_per_s: number | null;
}

/** Between two points there are 15 s; where there are more, nobody looked. */
const GAP_MS = 40_000;

/** Seconds, and a row for each line; where nobody looked there is a point that is none. */
export function dataOf(points: readonly Point[], lines: readonly { readonly of: (point: Point) => number | null }[]): AlignedData {
  const at: number[] = [];
  const rows: (number | null)[][] = lines.map(() => []);
  let before = points[0]?.at_ms ?? 0;
  for (const point of points) {
    if (point.at_ms - before > GAP_MS) {
      at.push((before + 1) / 1000);
      for (const row of rows) row.push(null);
    }
    before = point.at_ms;
    at.push(point.at_ms / 1000);
    lines.forEach(({ of }, index) => rows[index]?.push(of(point)));
  }
  return [at, ...rows];
}
