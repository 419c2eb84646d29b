/** A wall as it was at an instant, as `/api/walls/{id}/history` gives it, and what is made of it. Pure. */
import type { State } from "../shared/states";
import type { Cell, Display, Wall } from "../shared/walls";

/** What a display said that it drew in a cell. */
export interface Drew {
  readonly camera: string;
  readonly from_ms: number;
  readonly until_ms: number;
  readonly frames: number;
}

/** A cell with what was on it (`camera`; `step`: a tour chose it), since when, and who put it there. */
export interface PastCell extends Cell {
  readonly camera: string | null;
  readonly step: number | null;
  readonly since_ms: number | null;
  readonly revision: number | null;
  readonly made_by: string | null;
  readonly made_ms: number | null;
  /** null: its display said nothing of it. */
  readonly drew: Drew | null;
}

export interface PastDisplay extends Display {
  readonly layout: Omit<Display["layout"], "cells"> & { readonly cells: readonly PastCell[] };
}

export interface PastWall extends Wall {
  readonly displays: readonly PastDisplay[];
  readonly at_ms: number;
  readonly made_by: string;
  readonly made_ms: number;
}

/**
 * What the display proves of a cell. `drawn`: pictures of the camera that was to be there; `other`: of another one, as
 * where the change had not reached it yet; `nothing`: it was there and drew none; `unknown`: it said nothing.
 */
export type Proof = "drawn" | "other" | "nothing" | "unknown" | "none";

export function proofOf({ camera, drew }: PastCell): Proof {
  if (camera === null) return "none";
  if (drew === null) return "unknown";
  if (drew.frames === 0) return "nothing";
  return drew.camera === camera ? "drawn" : "other";
}

/** The sign that stands for it. */
export const SIGNS: Readonly<Record<Exclude<Proof, "none">, State>> = {
  drawn: "live",
  other: "moved",
  nothing: "unreachable",
  unknown: "off",
};

/** Pictures a second; null: that cannot be told. */
export function rateOf({ from_ms: from, until_ms: until, frames }: Drew): number | null {
  return until > from ? (frames * 1000) / (until - from) : null;
}

/** How many cells there are of each proof, for the line that sums up the wall. */
export function countProofs(wall: PastWall): Readonly<Record<Proof, number>> {
  const counts: Record<Proof, number> = { drawn: 0, other: 0, nothing: 0, unknown: 0, none: 0 };
  for (const { layout } of wall.displays) for (const cell of layout.cells) counts[proofOf(cell)] += 1;
  return counts;
}

/** Of revisions (the newest first) the one before or after an instant; null: there is none, as far as they go. */
export function neighbourRevision<T extends { readonly made_ms: number }>(all: readonly T[], at: number, step: -1 | 1): T | null {
  if (step < 0) return all.find(({ made_ms }) => made_ms < at) ?? null;
  return all.findLast(({ made_ms }) => made_ms > at) ?? null;
}
