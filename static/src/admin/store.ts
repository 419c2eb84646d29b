/** What the page knows: where somebody is on it, and the catalogue with its states. */
import { batch, computed, type Signal, signal } from "@preact/signals";
import { inTreeOrder, type Listed, matching } from "../shared/camera_rows";
import { InTurn } from "../shared/in_turn";
import { ask, HttpError } from "../shared/http";
import { type Known, readKnown } from "../shared/known_cameras";
import type { Said } from "../shared/language";
import { isUnknown } from "../shared/reads";
import { refusalOf } from "../shared/refusals";
import { failed, heard, leaveIfSignedOut, type Me, me, mayDo, say } from "../shared/session";
import type { CameraState } from "../shared/states";
import { placeOf } from "./place";
import { WORDS } from "./words";

/** What the catalogue has of a camera for everybody. */
interface Facts {
  readonly id: string;
  readonly name: string;
  readonly district: string;
  readonly village: string;
  readonly lorong: string;
  readonly risk: "red" | "yellow" | "green";
  readonly provider: string;
  readonly contractor: string;
  readonly masked: boolean;
}

export type Camera = Facts & CameraState & Listed;

/** What was done, or could not be. */
interface Notice {
  readonly text: string;
  readonly good: boolean;
}

export const place = signal(placeOf(location.hash));
export const typed = signal("");
export const notice = signal<Notice | null>(null);

/** In the tree's order; null: not loaded yet. */
export const cameras = signal<readonly Camera[] | null>(null);
export const found = computed(() => matching(cameras.value ?? [], typed.value));

/** What was read last; null: all is to be read anew. */
let before: Known<Camera> | null = null;
const turn = new InTurn();

/** Reads what is new, after what is being read already. */
export function refresh(): Promise<void> {
  return turn.do(read);
}

async function read(): Promise<void> {
  try {
    me.value ??= await ask<Me>("/api/me");
    if (!mayDo("cameras.edit")) {
      heard("states"); // it answers, and that is all that it is asked
      return;
    }
    const seen = await readKnown(before, inTreeOrder);
    batch(() => {
      before = seen;
      cameras.value = seen.cameras;
      heard("states");
    });
  } catch (error) {
    failed(error, "states", refresh);
  }
}

/** Masks and switches are in no state: what was changed here is read again at once. */
export function readAgain(): Promise<void> {
  return turn.do(() => {
    before = null;
    return read();
  });
}

export function tell(words: Said, good = true): void {
  notice.value = { text: say(words), good };
}

/** What the server says against it; in words of ours where it gives a reason that we know. */
export function tellProblem(error: unknown, known: Readonly<Record<string, Said>> = {}): void {
  if (leaveIfSignedOut(error)) return;
  if (!(error instanceof HttpError)) throw error;
  const words = known[String(error.body.reason)] ?? (isUnknown(error) ? WORDS.noAnswer : refusalOf(error));
  tell(words, false);
}

/** Does something while `busy` says so; what goes wrong is told. `known`: as in `tellProblem`. */
export async function whileBusy(
  busy: Signal<boolean>,
  work: () => Promise<void>,
  known: Readonly<Record<string, Said>> = {},
): Promise<void> {
  busy.value = true;
  try {
    await work();
  } catch (error) {
    tellProblem(error, known);
  } finally {
    busy.value = false;
  }
}
