/** What the page knows: where somebody is on it, and the catalogue with its states. */
import { batch, computed, signal } from "@preact/signals";
import { inTreeOrder, type Listed, matching } from "../shared/camera_rows";
import { InTurn } from "../shared/in_turn";
import { ask, HttpError } from "../shared/http";
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

interface News {
  readonly version: number;
  readonly catalogue: string;
  readonly states: Readonly<Record<string, CameraState>>;
}

/** What was done, or could not be. */
interface Notice {
  readonly text: string;
  readonly good: boolean;
}

export const place = signal(placeOf(location.hash));
export const typed = signal("");
export const notice = signal<Notice | null>(null);

const facts = signal<readonly Facts[] | null>(null);
const states = signal<ReadonlyMap<string, CameraState>>(new Map());
let version = 0;
let catalogue = "";

const UNKNOWN: CameraState = {
  state: "connecting",
  since_ms: null,
  cause_id: null,
  cause_en: null,
  last_picture_ms: null,
};

/** In the tree's order; null: not loaded yet. */
export const cameras = computed<readonly Camera[] | null>(
  () => facts.value && inTreeOrder(facts.value.map((one) => ({ ...one, ...(states.value.get(one.id) ?? UNKNOWN) }))),
);
export const found = computed(() => matching(cameras.value ?? [], typed.value));

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
    const news = await ask<News>(`/api/states?after=${version}`);
    const isOther = news.catalogue !== catalogue;
    const all = isOther ? await ask<Facts[]>("/api/cameras") : null;
    const whole = isOther && version > 0 ? await ask<News>("/api/states") : news;
    batch(() => {
      if (all) facts.value = all;
      const told = Object.entries(whole.states);
      if (told.length > 0) states.value = new Map([...(isOther ? [] : states.value), ...told]);
      heard("states");
    });
    version = whole.version;
    // Of what was asked first: the facts may be older than the states behind them.
    catalogue = news.catalogue;
  } catch (error) {
    failed(error, "states", refresh);
  }
}

/** Masks and switches are in no state: what was changed here is read again at once. */
export function readAgain(): Promise<void> {
  return turn.do(() => {
    catalogue = "";
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
