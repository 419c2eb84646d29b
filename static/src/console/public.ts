/** What of the cameras the public sees, how many watch it, and what is cut off from it. */
import { computed, signal } from "@preact/signals";
import { ask } from "../shared/http";
import { failed, mayDo } from "../shared/session";

const REFRESH_MS = 5_000;

export type CutKind = "camera" | "group" | "all";

export interface Published {
  readonly camera: string;
  readonly public_id: string;
  readonly name: string;
  readonly group: string;
  /** By WebRTC; and pages that have it open, however they are shown it. */
  readonly viewers: { readonly webrtc: number; readonly page: number };
}

export interface Cut {
  readonly kind: CutKind;
  readonly target: string;
  readonly reason: string;
  readonly public_text: string;
  readonly made_by: string;
  /** Unix ms; null: until somebody lifts it. */
  readonly until_ms: number | null;
}

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

/** What cuts a published camera off: of several the widest. */
export function cutOf(one: Published, cuts: readonly Cut[]): Cut | undefined {
  const of = (kind: CutKind, target: string): Cut | undefined =>
    cuts.find((cut) => cut.kind === kind && cut.target === target);
  return of("all", "") ?? (one.group ? of("group", one.group) : undefined) ?? of("camera", one.camera);
}

/** A page that listens may be watched by WebRTC too; a session may be of no page of ours. */
export function watching({ viewers }: Published): number {
  return Math.max(viewers.page, viewers.webrtc);
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
