/**
 * What this display drew, for the flight recorder: pictures of each camera in each cell of the plan since the last
 * report. Pure: the caller brings the clock.
 */
import type { CellView } from "./scene";

/** `first_ms`, `last_ms`: so many ms ago. */
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
}

export class FrameCounts {
  readonly #counts = new Map<string, Count>();
  #seen = new Map<string, number>();

  /** The cells on the screen; looked at ten times a second, so that none is gone before it is counted. */
  look(cells: readonly CellView[], now: number): void {
    const seen = new Map<string, number>();
    for (const view of cells) {
      if (view.id === null) continue;
      const key = `${view.key} ${view.id}`;
      seen.set(key, view.frames);
      const before = this.#seen.get(key) ?? 0;
      this.#add(view.id, view.camera, view.frames < before ? view.frames : view.frames - before, now);
    }
    this.#seen = seen;
  }

  /** The counts since the last time, in the order in which they began; a cell without a picture has 0. */
  take(now: number): CellFrames[] {
    const counts = [...this.#counts.values()];
    this.#counts.clear();
    const ago = (at: number): number => Math.max(0, Math.round(now - at));
    return counts.map(({ id, camera, frames, firstAt, lastAt }) => ({
      id,
      camera,
      frames,
      first_ms: ago(firstAt),
      last_ms: ago(lastAt),
    }));
  }

  #add(id: string, camera: string, frames: number, now: number): void {
    const key = `${id} ${camera}`;
    let count = this.#counts.get(key);
    if (!count) {
      count = { id, camera, frames: 0, firstAt: now, lastAt: now };
      this.#counts.set(key, count);
    }
    if (frames === 0) return;
    if (count.frames === 0) count.firstAt = now;
    count.frames += frames;
    count.lastAt = now;
  }
}
