/**
 * What time it is by the server, whose times stand beside those that are reckoned here: this machine's calendar may be
 * wrong, or be set at any moment, and is asked only as long as the server has said nothing. Pure: the caller brings it.
 */

/** What was on the line for longer, or less long, than usual is no other time: what is said to the minute would flicker. */
const SAME_MS = 100;

export class ServerClock {
  /** When the monotonic clock was 0, unix ms. */
  #began: number | null = null;

  /** The server says what time it is (unix ms). @param now monotonic ms */
  hear(timeMs: number, now: number): void {
    const began = timeMs - now;
    if (this.#began === null || Math.abs(began - this.#began) > SAME_MS) this.#began = began;
  }

  /** Unix ms. @param calendar this machine's own at the same instant */
  at(now: number, calendar: number): number {
    return this.#began === null ? calendar : this.#began + now;
  }

  /** Unix ms; null: the server has not said. */
  told(now: number): number | null {
    return this.#began === null ? null : this.#began + now;
  }
}
