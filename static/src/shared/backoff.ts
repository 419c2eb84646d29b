/**
 * Waiting times that double up to a cap, spread over their upper half so that a hundred displays do not
 * come back in the same instant.
 */
export class Backoff {
  #failures = 0;

  constructor(
    private readonly firstMs: number,
    private readonly capMs: number,
    private readonly random: () => number = Math.random,
  ) {}

  /** How many times in a row it failed. */
  get failures(): number {
    return this.#failures;
  }

  /** The next waiting time in ms. */
  next(): number {
    const whole = Math.min(this.capMs, this.firstMs * 2 ** Math.min(this.#failures, 20));
    this.#failures += 1;
    return whole * (0.5 + this.random() / 2);
  }

  /** It worked. */
  reset(): void {
    this.#failures = 0;
  }
}

/** Resolves after `ms`, or rejects with the signal's reason. */
export function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal.addEventListener("abort", stop, { once: true });
  });
}
