/** What the wall as it is seen here costs: decoders, network, processors, sessions at recorders. */
import { effect, signal } from "@preact/signals";
import { ask } from "../shared/http";
import { isWhole, present, wallPath } from "./now";

export interface Cost {
  readonly decoders: number;
  readonly mbps: number;
  readonly gateway_cores: number;
  readonly tiler_cores: number;
  readonly pull_cores: number;
  readonly sessions: Readonly<Record<string, number>>;
}

export interface Preview {
  readonly total: Cost;
  /** How many streams each recorder can send at a time. */
  readonly recorders: Readonly<Record<string, number>>;
}

/** null: not known (yet). */
export const preview = signal<Preview | null>(null);

const SETTLED_MS = 400;

/** Asks anew whenever the wall is another one, once it stands still; not for those to whom the server does not say it. */
export function watchCosts(): void {
  let timer = 0;
  effect(() => {
    const shown = present.value;
    clearTimeout(timer);
    if (!shown || !isWhole.value) return;
    timer = window.setTimeout(async () => {
      const answer = await ask<Preview>(`${wallPath}/preview`, "POST", { wall: shown }).catch(() => null);
      if (present.value === shown) preview.value = answer;
    }, SETTLED_MS);
  });
}
