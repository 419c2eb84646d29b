/**
 * What a slot's pictures say of the machine: how many were decoded, and how many of them were dropped unseen.
 *
 * Only of a stream that stands on the screen, and not of its beginning: that is a burst of pictures that are past, of
 * which the newest alone is meant to be seen; and what leaves the screen is not seen at all.
 */

export interface Counts {
  readonly frames: number;
  readonly dropped: number;
}

const NOTHING: Counts = { frames: 0, dropped: 0 };
const BURST_MS = 2_000;

export class Tally {
  #shownAt: number | null = null;
  #from: Counts | null = null;
  #steady = false;

  /** Whether it counted at the last `take` already: all that was dropped since then counts. */
  get steady(): boolean {
    return this.#steady && this.#from !== null;
  }

  /** Ten times a second. @param now monotonic ms @param total what its video element says, so far. */
  look(onShow: boolean, now: number, total: () => Counts): void {
    if (!onShow) {
      this.#shownAt = this.#from = null;
      return;
    }
    this.#shownAt ??= now;
    if (this.#from === null && now - this.#shownAt >= BURST_MS) this.#from = total();
  }

  /** Since it began to count, or was last asked. */
  take(total: Counts): Counts {
    const from = this.#from;
    this.#steady = from !== null;
    if (from === null) return NOTHING;
    this.#from = total;
    return { frames: Math.max(0, total.frames - from.frames), dropped: Math.max(0, total.dropped - from.dropped) };
  }
}
