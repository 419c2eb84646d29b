/** When a peer connection is to be given up, and when the whole page. Pure: the caller brings the clock. */

/** No picture in any slot for so long, where one is to be expected: the connection is of no use. */
export const SILENT_MS = 5000;

/** A cell that waits long for a picture of a camera that is well, and so much longer: the slots went astray. */
export const ASTRAY_MS = 15_000;

/** A page that could show nothing new for so long is loaded anew… */
export const HOPELESS_MS = 5 * 60_000;

/** …but not more often than this. */
export const RELOAD_EVERY_MS = 10 * 60_000;

/** A page that failed at each look for so long does nothing any more, and its names no longer follow the pictures. */
export const BROKEN_MS = 5000;

/** Times in ms of one clock. */
export interface MediaFacts {
  readonly now: number;
  /** When this peer connection was started. */
  readonly startedAt: number;
  readonly lastPictureAt: number | null;
  /** How many slots this peer connection has, and how many the plan. */
  readonly slots: number;
  readonly slotsPlanned: number;
  /** Is there a server that would give another one? */
  readonly inTouch: boolean;
  /** Does the plan have a picture that ought to come? */
  readonly expecting: boolean;
  /** Since when a cell that ought to have a picture has none; null: they all have one. */
  readonly astraySince: number | null;
  /** How long to bear with cells that went astray; grows while connecting anew does not help. */
  readonly patienceMs: number;
}

/** Why this peer connection is to be given up, or null. */
export function mediaVerdict(facts: MediaFacts): string | null {
  // Its pictures may come back, as a camera does, or the bus; it would not.
  if (!facts.inTouch) return null;
  if (facts.slotsPlanned > facts.slots) return "the plan has more slots";
  if (!facts.expecting) return null;
  const silentFor = facts.now - Math.max(facts.startedAt, facts.lastPictureAt ?? 0);
  if (silentFor > SILENT_MS) return `no picture for ${Math.round(silentFor / 1000)} s`;
  const { astraySince } = facts;
  if (astraySince !== null && facts.now - Math.max(astraySince, facts.startedAt) > facts.patienceMs) {
    return "a cell has no picture, although its camera is well";
  }
  return null;
}

/** Since when cells are astray, each by itself: of a wall of tours some cell always waits for its picture. */
export class AstrayCells {
  #since: ReadonlyMap<string, number> = new Map();

  /** The cells that are astray now, each by its `askKey`. Returns since when the first of them is; null: none is. */
  look(cells: readonly string[], now: number): number | null {
    this.#since = new Map(cells.map((cell) => [cell, this.#since.get(cell) ?? now]));
    return cells.length === 0 ? null : Math.min(...this.#since.values());
  }

  /** Whatever was before says nothing. */
  forget(): void {
    this.#since = new Map();
  }
}

/** Does a page fail at each of its looks? One that fails now and then goes on. */
export class Looks {
  #failingSince: number | null = null;

  /** @param look what it does ten times a second. Throws what it throws, once it has thrown for long. */
  take(look: () => void, now: number): void {
    try {
      look();
      this.#failingSince = null;
    } catch (error) {
      if (this.#failingSince === null) console.error(error);
      this.#failingSince ??= now;
      if (now - this.#failingSince > BROKEN_MS) throw error;
    }
  }
}

/**
 * Is it time to load the page anew? `hopelessMs`: since its last picture, or its start. `reloadedMs`: since that was done
 * the last time, by the calendar, the only clock that outlives it: below 0 that was set back, and says nothing.
 */
export function shouldReload(hopelessMs: number, failures: number, reloadedMs: number): boolean {
  return failures >= 10 && hopelessMs > HOPELESS_MS && (reloadedMs < 0 || reloadedMs > RELOAD_EVERY_MS);
}
