/** Coverage as the API gives it: lorongs, and how long each was away from the wall. Pure. */
import type { State } from "../shared/states";
import type { Tour } from "../shared/walls";

/** Times in unix ms; the gap is the longest time that no camera of the lorong was drawn. */
export interface Covered {
  readonly district: string;
  readonly village: string;
  readonly lorong: string;
  readonly cameras: readonly string[];
  readonly times: number;
  readonly shown_ms: number;
  readonly gap_ms: number;
  readonly gap_from_ms: number;
  readonly gap_to_ms: number;
  readonly met: boolean;
}

export interface CoverageReport {
  readonly from_ms: number;
  readonly to_ms: number;
  readonly lorongs: readonly Covered[];
}

export const STANDINGS = ["unseen", "missed", "met"] as const;
/** `unseen`: not on the wall at all; `missed`: seen, but away for longer than was allowed. */
export type Standing = (typeof STANDINGS)[number];

export const SIGN_OF: Readonly<Record<Standing, State>> = { unseen: "unreachable", missed: "stale", met: "live" };

/** Where a lorong is: many villages of a district have a Lorong 1. */
export function placeOf({ district, village }: Covered): string {
  return [village, district].filter(Boolean).join(", ");
}

export function standingOf({ times, met }: Covered): Standing {
  if (times === 0) return "unseen";
  return met ? "met" : "missed";
}

/** What was never seen first, then what was away for longest. */
export function unseenFirst(all: readonly Covered[]): Covered[] {
  const rank = (one: Covered): number => STANDINGS.indexOf(standingOf(one));
  return [...all].sort((a, b) => rank(a) - rank(b) || b.gap_ms - a.gap_ms);
}

export function countStandings(all: readonly Covered[]): Readonly<Record<Standing, number>> {
  const counts = { unseen: 0, missed: 0, met: 0 };
  for (const one of all) counts[standingOf(one)] += 1;
  return counts;
}

const USUAL_MIN = { red: 30, yellow: 60, green: 60 } as const;

/** How often a class is to be seen: what the wall's tours promise of red ones, else what is usual. Minutes. */
export function wantedMinutes(tours: readonly Tour[], risk: keyof typeof USUAL_MIN): number {
  const promised = risk === "red" ? tours.flatMap((tour) => (tour.order === "risk" && tour.red_every_minutes) || []) : [];
  return promised.length > 0 ? Math.min(...promised) : USUAL_MIN[risk];
}
