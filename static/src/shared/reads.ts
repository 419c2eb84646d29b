/** Reading again and again what others change too, and changing it: neither is taken for the other. Pure. */
import { HttpError } from "./http";

/** Nobody knows whether that was done: no answer came, or one of a proxy that got none. */
export function isUnknown(error: unknown): boolean {
  return error instanceof HttpError && [0, 502, 504].includes(error.status);
}

/** Gives what is so, and never what was asked for before something that was given, or changed here, already. */
export class Reads<T> {
  #begun = 0;
  #oldest = 0;

  constructor(
    private readonly ask: () => Promise<T>,
    private readonly give: (answer: T) => void,
    private readonly failed: (error: unknown) => void,
  ) {}

  async read(): Promise<void> {
    this.#begun += 1;
    const mine = this.#begun;
    try {
      const answer = await this.ask();
      if (mine < this.#oldest) return;
      this.#oldest = mine;
      this.give(answer);
    } catch (error) {
      // What came since, or was changed, says more than that this could not be read.
      if (mine >= this.#oldest) this.failed(error);
    }
  }

  /** Makes a change, and reads behind it; it is made whether or not that can be read. Throws what `make` throws. */
  async change(make: () => Promise<unknown>): Promise<void> {
    try {
      await make();
    } finally {
      this.#oldest = this.#begun + 1;
      void this.read();
    }
  }
}
