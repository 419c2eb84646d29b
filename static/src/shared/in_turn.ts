/** One thing after the other: each begins when the one before has ended, however that ended. Pure. */
export class InTurn {
  #before: Promise<unknown> = Promise.resolve();

  /** Does this behind all that it was told to do before. Throws what `work` throws. */
  do<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#before.then(work);
    this.#before = mine.catch(() => undefined);
    return mine;
  }
}
