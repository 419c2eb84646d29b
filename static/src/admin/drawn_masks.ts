/** The masks of a camera as they are drawn on a page, and those that hold: the ones become the others. */
import { computed, signal } from "@preact/signals";
import { ask, HttpError } from "../shared/http";
import { type Mask, sameMasks } from "./polygons";

export interface Told {
  readonly masks: readonly Mask[];
  readonly made_by: string | null;
  readonly made_ms: number | null;
}

export class DrawnMasks {
  /** Those that hold, as far as is known; null: not read yet. */
  readonly told = signal<Told | null>(null);
  readonly masks = signal<readonly Mask[]>([]);
  readonly isBusy = signal(false);
  readonly isOther = computed(() => this.told.value !== null && !sameMasks(this.told.value.masks, this.masks.value));
  readonly #path: string;
  #sent: readonly Mask[] | null = null;

  constructor(camera: string) {
    this.#path = `/api/cameras/${encodeURIComponent(camera)}/masks`;
  }

  /** Throws HttpError. */
  async read(): Promise<void> {
    this.told.value = await ask<Told>(this.#path);
    this.discard();
  }

  /** What is drawn becomes what holds. */
  discard(): void {
    this.masks.value = this.told.value?.masks ?? [];
  }

  /**
   * Gives what holds then. What is drawn meanwhile stays, and is not saved yet. Throws HttpError; `stale`: somebody else
   * drew others, which are `told` from now on, so that the next save replaces them, by somebody who knows of them.
   */
  async save(): Promise<Told> {
    const wanted = this.masks.value;
    this.isBusy.value = true;
    try {
      const holds = await this.#put(wanted);
      this.told.value = holds;
      if (this.masks.value === wanted) this.discard();
      return holds;
    } finally {
      this.isBusy.value = false;
    }
  }

  async #put(wanted: readonly Mask[]): Promise<Told> {
    const before = this.#sent;
    this.#sent = wanted;
    try {
      return await ask<Told>(this.#path, "PUT", { masks: wanted, made_ms: this.told.value?.made_ms ?? null });
    } catch (error) {
      if (!(error instanceof HttpError) || error.body.reason !== "stale") throw error;
      const holds = error.body as unknown as Told;
      this.told.value = holds;
      // It was oneself, and the answer to that was lost.
      if (sameMasks(holds.masks, wanted)) return holds;
      if (before !== null && sameMasks(holds.masks, before)) return this.#put(wanted);
      throw error;
    }
  }
}
