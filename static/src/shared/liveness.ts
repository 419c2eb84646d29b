/** Whether a picture in a player runs. Decoded pictures alone say so; the clock only ever takes it back. Pure. */
import { STALE_AFTER_MS } from "../display/picture";

/** A gateway shows of a source that stopped its last picture, and repeats that at most twice. */
const HELD_PICTURES = 3;

/** waiting: none yet. held: a picture, of which nobody knows whether it is of now. */
export type Running = "waiting" | "held" | "live" | "stale";

export class Liveness {
  #last: number | null = null;
  #inARow = 0;

  /** A picture was put on the screen, `heldMs` after it had arrived. */
  picture(now: number, heldMs = 0): void {
    const arrived = now - heldMs;
    const goesOn = this.#last !== null && arrived - this.#last <= STALE_AFTER_MS;
    this.#inARow = goesOn ? this.#inARow + 1 : 1;
    this.#last = arrived;
  }

  at(now: number): Running {
    if (this.#last === null) return "waiting";
    if (now - this.#last > STALE_AFTER_MS) return "stale";
    return this.#inARow > HELD_PICTURES ? "live" : "held";
  }

  /** How long ago the newest picture that is on the screen arrived; null: there was none. */
  ageMs(now: number): number | null {
    return this.#last === null ? null : now - this.#last;
  }
}
