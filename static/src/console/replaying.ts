/** The last 30 seconds of a camera again: begun at the server, played as any stream. */
import { signal } from "@preact/signals";
import { ask, HttpError } from "../shared/http";
import type { Said } from "../shared/language";
import { PAGE_WORDS } from "../shared/page_words";
import { leaveIfSignedOut } from "../shared/session";
import { cameraById } from "./store";
import { WORDS } from "./words";

export interface Replay {
  readonly camera: string;
  readonly stream: string;
  /** Unix ms of its first and last picture. */
  readonly from_ms: number;
  readonly until_ms: number;
}

export const replay = signal<Replay | null>(null);
/** Why the one that was asked for is not there. */
export const refusal = signal<Said | null>(null);

export async function beginReplay(camera: string): Promise<void> {
  refusal.value = null;
  if (cameraById.value.get(camera)?.masked) {
    refusal.value = WORDS.masked;
    return;
  }
  try {
    const path = `/api/cameras/${encodeURIComponent(camera)}/replay`;
    replay.value = { ...(await ask<Omit<Replay, "camera">>(path, "POST", {})), camera };
  } catch (error) {
    if (leaveIfSignedOut(error)) return;
    if (!(error instanceof HttpError)) throw error;
    refusal.value = error.status === 0 ? PAGE_WORDS.serverAway : error.status === 403 ? WORDS.notYours : WORDS.noReplay;
  }
}

export function endReplay(): void {
  replay.value = null;
  refusal.value = null;
}
