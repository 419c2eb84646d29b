/** What a person asks for, while what they asked for before is not answered yet. Pure. */
import { signal } from "@preact/signals";
import { InTurn } from "./in_turn";

/**
 * Of one wall, one thing after the other; where one is refused, what was asked for before that was known is not done any
 * more: it was meant for the wall as that one would have left it.
 */
export class Orders {
  /** Something was dropped with what was refused last. */
  readonly hasDropped = signal(false);
  readonly #turn: InTurn;
  #refusals = 0;

  /** `turn`: that of all walls of the page. */
  constructor(turn = new InTurn()) {
    this.#turn = turn;
  }

  /** Whether it was done. `order` gives false, or throws, where it is refused. */
  give(order: () => Promise<boolean>): Promise<boolean> {
    const known = this.#refusals;
    return this.#turn.do(async () => {
      if (known !== this.#refusals) {
        this.hasDropped.value = true;
        return false;
      }
      let isDone = false;
      try {
        isDone = await order();
      } finally {
        if (!isDone) this.#refused();
      }
      return isDone;
    });
  }

  #refused(): void {
    this.#refusals += 1;
    this.hasDropped.value = false;
  }
}
