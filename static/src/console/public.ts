/** What of the cameras the public sees, how many watch it, and what is cut off from it. */
import { computed, signal } from "@preact/signals";
import { whyNot as whyNotDone } from "../shared/doing";
import { ask } from "../shared/http";
import type { Said } from "../shared/language";
import { failed, heard, mayDo } from "../shared/session";
import type { Cut, CutKind, Published } from "./public_cuts";
import { PUBLIC_WORDS as WORDS } from "./public_words";
import { Reads } from "../shared/reads";

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

const reads = new Reads<Public>(
  () => ask("/api/public"),
  (answer) => {
    seen.value = answer;
    heard("public");
  },
  (error) => failed(error, "public", readPublic),
);

function readPublic(): Promise<void> {
  return reads.read();
}

const byCamera = computed(() => new Map(seen.value.cameras.map((one) => [one.camera, one])));

export function published(camera: string | null): Published | undefined {
  return camera === null ? undefined : byCamera.value.get(camera);
}

export async function keepPublicFresh(): Promise<never> {
  for (;;) {
    if (!mayDo("public.see")) heard("public");
    else if (!document.hidden) await readPublic();
    await new Promise((resolve) => setTimeout(resolve, REFRESH_MS));
  }
}

/** For so many seconds, by the server's clock; null: until it is lifted. Throws HttpError. */
export async function cutOff(what: Aim, reason: string, text: string, forS: number | null): Promise<void> {
  const wanted = { ...what, reason, public_text: text, for_s: forS };
  await reads.change(() => ask("/api/public/cut-off", "PUT", wanted));
}

/** Throws HttpError. */
export async function lift({ kind, target }: Aim): Promise<void> {
  const which = new URLSearchParams({ kind, target }).toString();
  await reads.change(() => ask(`/api/public/cut-off?${which}`, "DELETE"));
}

/** Why a change was not made (`refused`), or that nobody knows whether it was. */
export function whyNot(error: unknown, refused: Said): string {
  return whyNotDone(error, refused, WORDS.unknown);
}
