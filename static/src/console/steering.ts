/** Steering a camera: what it can do, who steers it, and what is being done. */
import { signal } from "@preact/signals";
import { delay } from "../shared/backoff";
import { ask, HttpError } from "../shared/http";
import type { Said } from "../shared/language";
import { PAGE_WORDS } from "../shared/page_words";
import { refusalOf } from "../shared/refusals";
import { leaveIfSignedOut } from "../shared/session";
import { Mover, type Reach, sumOf, type Velocity } from "./moving";
import { WHY_NOT } from "./steering_words";

/** A Stop that is not answered holds the next move up for so long. */
const STOP_MS = 3000;
/** Who steers it: asked so often. */
const ASK_AGAIN_MS = 3000;
/** A camera that cannot be asked is asked again after so long, and then left alone until it is chosen anew. */
const TRY_AGAIN_MS = [1000, 3000, 9000, 27_000];
const POINTER = "pointer";

export interface Held {
  readonly by: string;
  readonly mine: boolean;
  readonly until_ms: number;
}

export interface Abilities extends Reach {
  readonly presets: readonly { readonly token: string; readonly name: string }[];
}

type Seen = { readonly held: Held | null } & (({ readonly can: true } & Abilities) | { readonly can: false });

/** Whether the pad is open, on whichever camera. */
export const padIsOpen = signal(false);

/** One camera, while it is the chosen one and its live picture is shown. */
export class Steered {
  /** null: nothing, or it is not known yet. */
  readonly can = signal<Abilities | null>(null);
  readonly held = signal<Held | null>(null);
  readonly refused = signal<Said | null>(null);
  /** Whoever steers it is sent away with the next move. */
  readonly takingOver = signal(false);
  readonly #path: string;
  readonly #mover: Mover;
  /** What is held down at present, and which way each of it wants to go. */
  readonly #down = new Map<string, Velocity>();

  constructor(camera: string) {
    this.#path = `/api/cameras/${encodeURIComponent(camera)}/ptz`;
    this.#mover = new Mover(
      (velocity) => this.#tell("move", velocity),
      () => this.#stop(),
      (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    );
  }

  /** Asks what it can do, and from then on who steers it, until the signal; rejects with its reason. */
  async keepLooking(ended: AbortSignal): Promise<void> {
    let tries = [...TRY_AGAIN_MS];
    for (;;) {
      const seen = await this.#look();
      if (seen) tries = [...TRY_AGAIN_MS];
      const again = seen ? ASK_AGAIN_MS : tries.shift();
      if (again === undefined || seen?.can === false) return;
      do await delay(again, ended);
      while (document.hidden);
    }
  }

  /** A key by its name, or the pointer: it is held down, and goes that way. */
  press(velocity: Velocity, key = POINTER): void {
    this.#down.set(key, velocity);
    this.#steer();
  }

  release(key = POINTER): void {
    if (this.#down.delete(key)) this.#steer();
  }

  /** Whatever is held down; `keys`: not the pointer. */
  releaseAll(keys = false): void {
    for (const key of this.#down.keys()) if (!keys || key !== POINTER) this.release(key);
  }

  /** Whatever it does: also where somebody sent it before. */
  halt(): void {
    this.#down.clear();
    this.#mover.halt();
  }

  async goTo(preset: string): Promise<void> {
    await this.#tell("goto", { preset });
  }

  #steer(): void {
    const velocity = this.can.value && sumOf(this.#down.values(), this.can.value);
    if (velocity) this.#mover.start(velocity);
    else this.#mover.end();
  }

  /** null where it cannot be asked: nobody pulls it yet, it does not answer. */
  async #look(): Promise<Seen | null> {
    let seen: Seen | null = null;
    try {
      seen = await ask<Seen>(this.#path);
      this.can.value = seen.can ? seen : null;
    } catch (error) {
      if (leaveIfSignedOut(error)) return null;
      if (!(error instanceof HttpError)) throw error;
    }
    this.held.value = seen?.held ?? null;
    if (this.held.value?.mine !== false) this.takingOver.value = false;
    return seen;
  }

  /** Whether it was done. */
  async #tell(what: "move" | "goto", wanted: object): Promise<boolean> {
    try {
      const body = this.takingOver.value ? { ...wanted, take_over: true } : wanted;
      this.held.value = (await ask<{ held: Held | null }>(`${this.#path}/${what}`, "POST", body)).held;
      this.refused.value = null;
      this.takingOver.value = false;
      return true;
    } catch (error) {
      if (leaveIfSignedOut(error)) return false;
      if (!(error instanceof HttpError)) {
        this.refused.value = PAGE_WORDS.failed;
        throw error;
      }
      const held = error.body.held as Held | undefined;
      if (held) this.held.value = held;
      this.refused.value = held ? null : (WHY_NOT[String(error.body.reason)] ?? refusalOf(error));
      return false;
    }
  }

  /** Also from a page that is being left. */
  async #stop(): Promise<void> {
    const headers = { "X-Wallserver": "1" };
    const init = { method: "POST", headers, keepalive: true, signal: AbortSignal.timeout(STOP_MS) };
    await fetch(`${this.#path}/stop`, init).catch(() => undefined);
  }
}
