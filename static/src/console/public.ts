/** What of the cameras the public sees, how many watch it, and what is cut off from it. */
import { computed, signal } from "@preact/signals";
import { ask } from "../shared/http";
import { failed, mayDo } from "../shared/session";
import type { Cut, CutKind, Published } from "./public_cuts";

const REFRESH_MS = 5_000;

interface Public {
  readonly enabled: boolean;
  readonly cameras: readonly Published[];
  readonly cut_offs: readonly Cut[];
}

/** What a supervisor is about to cut off. */
export interface Aim {
  readonly kind: CutKind;
  readonly target: string;
}

export const seen = signal<Public>({ enabled: false, cameras: [], cut_offs: [] });
/** The list of all of it is open. */
export const listing = signal(false);
/** What is asked about: whether to cut it off. */
export const aim = signal<Aim | null>(null);

const byCamera = computed(() => new Map(seen.value.cameras.map((one) => [one.camera, one])));

export function published(camera: string | null): Published | undefined {
  return camera === null ? undefined : byCamera.value.get(camera);
}

export async function keepPublicFresh(): Promise<never> {
  for (;;) {
    if (!document.hidden && mayDo("public.see")) await read().catch(failed);
    await new Promise((resolve) => setTimeout(resolve, REFRESH_MS));
  }
}

/** Throws HttpError. */
export async function cutOff(what: Aim, reason: string, text: string, untilMs: number | null): Promise<void> {
  await ask("/api/public/cut-off", "PUT", { ...what, reason, public_text: text, until_ms: untilMs });
  await read();
}

/** Throws HttpError. */
export async function lift({ kind, target }: Aim): Promise<void> {
  await ask(`/api/public/cut-off?${new URLSearchParams({ kind, target }).toString()}`, "DELETE");
  await read();
}

async function read(): Promise<void> {
  seen.value = await ask<Public>("/api/public");
}
