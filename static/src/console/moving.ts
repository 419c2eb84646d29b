/** A camera's moves: said again for as long as they are wanted, one request at a time; then that it stands still. */

export interface Velocity {
  readonly pan: number;
  readonly tilt: number;
  readonly zoom: number;
}

export interface Reach {
  readonly pan: boolean;
  readonly tilt: boolean;
  readonly zoom: boolean;
}

/** A move lasts a second in the camera. */
export const AGAIN_MS = 400;

const KEYS: Readonly<Record<string, Velocity>> = {
  ArrowLeft: { pan: -1, tilt: 0, zoom: 0 },
  ArrowRight: { pan: 1, tilt: 0, zoom: 0 },
  ArrowUp: { pan: 0, tilt: 1, zoom: 0 },
  ArrowDown: { pan: 0, tilt: -1, zoom: 0 },
  "+": { pan: 0, tilt: 0, zoom: 1 },
  "=": { pan: 0, tilt: 0, zoom: 1 },
  "-": { pan: 0, tilt: 0, zoom: -1 },
};

/** What a key means to the camera; null: nothing. */
export function velocityOf(key: string): Velocity | null {
  return KEYS[key] ?? null;
}

/** What is held together, of what the camera can; null: nothing of it. */
export function sumOf(held: Iterable<Velocity>, can: Reach): Velocity | null {
  const sum = { pan: 0, tilt: 0, zoom: 0 };
  for (const one of held) {
    for (const axis of ["pan", "tilt", "zoom"] as const) sum[axis] += can[axis] ? one[axis] : 0;
  }
  for (const axis of ["pan", "tilt", "zoom"] as const) sum[axis] = Math.sign(sum[axis]);
  return sum.pan || sum.tilt || sum.zoom ? sum : null;
}

export class Mover {
  #wanted: Velocity | null = null;
  #running = false;
  #wake: () => void = () => undefined;
  #stopping: Promise<void> | null = null;

  /** `move` says whether to go on; where it throws that is logged, and the next `start` begins anew. */
  constructor(
    readonly move: (velocity: Velocity) => Promise<boolean>,
    readonly stop: () => Promise<void>,
    readonly wait: (ms: number) => Promise<void>,
  ) {}

  /** At once, though the move before it would not be said again yet. */
  start(velocity: Velocity): void {
    this.#wanted = velocity;
    this.#wake();
    if (!this.#running) this.#run().catch((error: unknown) => console.error("A move of the camera failed.", error));
  }

  /** At once, and again after a move that is under way, which it may overtake. */
  end(): void {
    if (this.#wanted !== null) this.halt();
  }

  /** Likewise, though nothing was wanted of it here. */
  halt(): void {
    this.#wanted = null;
    this.#wake();
    void this.#stop();
  }

  async #stop(): Promise<void> {
    const stopping = this.stop();
    this.#stopping = stopping;
    try {
      await stopping;
    } finally {
      if (this.#stopping === stopping) this.#stopping = null;
    }
  }

  async #run(): Promise<void> {
    this.#running = true;
    try {
      await this.#goOn();
    } finally {
      this.#running = false;
    }
  }

  async #goOn(): Promise<void> {
    while (this.#wanted !== null) {
      const said = this.#wanted;
      if (this.#stopping) {
        await this.#stopping; // on its way still, it would end the move that it did not mean
        continue;
      }
      const goesOn = await this.move(said);
      if (this.#wanted === null) await this.#stop();
      else if (this.#wanted !== said) continue; // what is wanted by now was not refused
      else if (!goesOn) this.#wanted = null;
      else await Promise.race([this.wait(AGAIN_MS), new Promise<void>((wake) => (this.#wake = wake))]);
    }
  }
}
