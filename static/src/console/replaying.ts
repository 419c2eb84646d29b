/** The last 30 seconds of a camera again: begun at the server, played as any stream. */
import { signal } from "@preact/signals";
import { ask, HttpError } from "../shared/http";
import type { Said } from "../shared/language";
import { refusalOf } from "../shared/refusals";
import { leaveIfSignedOut } from "../shared/session";
import { cameraById } from "../shared/site";
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

/** What was asked for last; what is answered to an older question comes too late. */
let asked: { readonly camera: string } | null = null;

export async function beginReplay(camera: string): Promise<void> {
  refusal.value = null;
  const question = (asked = { camera });
  if (cameraById.value.get(camera)?.masked) {
    refusal.value = WORDS.masked;
    return;
  }
  try {
    const path = `/api/cameras/${encodeURIComponent(camera)}/replay`;
    const begun = await ask<Omit<Replay, "camera">>(path, "POST", {});
    if (asked === question) replay.value = { ...begun, camera };
  } catch (error) {
    if (leaveIfSignedOut(error) || asked !== question) return;
    if (!(error instanceof HttpError)) throw error;
    refusal.value = whyNot(error);
  }
}

/**
 * Of another time than what is asked for by now, though nothing has taken its place yet: a replay's last pictures,
 * which would be called live. `again`: what is to be played again; null: the live picture.
 */
export function isLeft(stream: string, again: Replay | null): boolean {
  return stream.startsWith("replay.") && stream !== again?.stream;
}

/** A camera's preview is gone, and with it what was to be played again there; another's may just have been asked for. */
export function leaveReplay(camera: string): void {
  if (asked === null || asked.camera === camera) endReplay();
  else if (replay.value?.camera === camera) replay.value = null;
}

/** This one has come to its end, or was refused after all; whatever was asked for since goes on. */
export function replayOver(over: Replay, refused: HttpError | null = null): void {
  if (replay.value !== over) return;
  replay.value = null;
  if (refused) refusal.value = whyNot(refused);
}

export function endReplay(): void {
  asked = null;
  replay.value = null;
  refusal.value = null;
}

/** What is not there (any more) is not kept; for all else there are words. */
function whyNot(error: HttpError): Said {
  return [404, 409].includes(error.status) ? WORDS.noReplay : refusalOf(error);
}
