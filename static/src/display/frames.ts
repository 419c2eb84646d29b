/**
 * What this display drew, for the flight recorder: pictures of each camera in each cell of the plan since the last
 * report. Pure: the caller brings the clock.
 */
import { STALE_AFTER_MS } from "./picture";
import type { CellView } from "./scene";

/** `first_ms`, `last_ms`: so many ms ago; without pictures it was there from the one to the other. */
export interface CellFrames {
  readonly id: string;
  readonly camera: string;
  readonly frames: number;
  readonly first_ms: number;
  readonly last_ms: number;
}

interface Count {
  readonly id: string;
  readonly camera: string;
  frames: number;
  firstAt: number;
  lastAt: number;
  thereAt: number;
}

/** A cell that was there for less is not said to be without pictures: they may have been on their way. */
const FIRST_MS = 2000;
/** What was away for so long has not stayed: it is told of as two. */
const AWAY_MS = 2000;

export class FrameCounts {
  readonly #counts = new Map<string, Count>();
  #ended: Count[] = [];
  #lookedAt = 0;
  #seen = new Map<string, number>();

  /** The cells on the screen; looked at ten times a second, so that none is gone before it is counted. */
  look(cells: readonly CellView[], now: number): void {
    const seen = new Map<string, number>();
    const counted = new Set<Count>();
    for (const view of cells) {
      const cell = view.id ?? view.over;
      if (cell === null) continue;
      const key = `${view.key} ${cell}`;
      const frames = newIn(view, this.#seen.get(key));
      seen.set(key, view.frames);
      // What only stays until the next one comes counts for as long as it moves.
      if (view.id !== null || frames > 0) counted.add(this.#add(cell, view.camera, frames, now));
    }
    this.#seen = seen;
    this.#lookedAt = now;
    for (const [key, count] of this.#counts) if (isTooSoon(count) && !counted.has(count)) this.#counts.delete(key);
  }

  /** The counts since the last time, a cell's in the order in which they began; where it had no picture, of 0. */
  take(now: number): CellFrames[] {
    const counts = this.#ended;
    this.#ended = [];
    for (const [key, count] of this.#counts) {
      if (isTooSoon(count)) continue;
      counts.push(count);
      this.#counts.delete(key);
    }
    const ago = (at: number): number => Math.max(0, Math.round(now - at));
    return counts.map(({ id, camera, frames, firstAt, lastAt }) => ({
      id,
      camera,
      frames,
      first_ms: ago(firstAt),
      last_ms: ago(lastAt),
    }));
  }

  #add(id: string, camera: string, frames: number, now: number): Count {
    const key = `${id} ${camera}`;
    let count = this.#counts.get(key);
    if (count && count.thereAt < this.#lookedAt && now - count.thereAt >= AWAY_MS) {
      this.#counts.delete(key);
      this.#ended.push(count);
      count = undefined;
    }
    if (!count) {
      count = { id, camera, frames: 0, firstAt: now, lastAt: now, thereAt: now };
      this.#counts.set(key, count);
    }
    count.thereAt = now;
    if (frames > 0 && count.frames === 0) count.firstAt = now;
    if (frames > 0 || count.frames === 0) count.lastAt = now;
    count.frames += frames;
    return count;
  }
}

/** Whether a cell without pictures has not been there for long enough to say so of it. */
function isTooSoon({ frames, firstAt, lastAt }: Count): boolean {
  return frames === 0 && lastAt - firstAt < FIRST_MS;
}

/** Pictures since the last look, at which so many had come; of a cell that was not there then, the one that it shows. */
function newIn(view: CellView, before: number | undefined): number {
  if (before !== undefined) return view.frames < before ? view.frames : view.frames - before;
  const isPast = view.kind !== "still" && (view.ageMs === null || view.ageMs > STALE_AFTER_MS);
  return isPast || view.card !== null ? 0 : Math.min(1, view.frames);
}
