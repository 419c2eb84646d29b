import type { Language, Said } from "./language";

/** What is known of a camera; the words of `ingest/camera_state.py`. */
export const STATES = [
  "live",
  "connecting",
  "stale",
  "frozen",
  "black",
  "blurred",
  "moved",
  "refused",
  "not_found",
  "unreachable",
  "unsupported",
  "off",
] as const;

export type State = (typeof STATES)[number];

export type Tone = "good" | "warn" | "bad" | "calm";

/** One camera's state as control tells it; times in unix ms. */
export interface CameraState {
  readonly state: State;
  readonly since_ms: number | null;
  readonly cause_id: string | null;
  readonly cause_en: string | null;
  readonly last_picture_ms: number | null;
  /** Nobody pulls it: it is as a judge found it when it looked, at `seen_ms`. */
  readonly visited: boolean;
  readonly seen_ms: number | null;
}

export function isState(value: unknown): value is State {
  return STATES.includes(value as State);
}

/** No picture is to be expected: a card in words takes its place. */
export function isDead(state: State | undefined): boolean {
  return (
    state === "refused" ||
    state === "not_found" ||
    state === "unreachable" ||
    state === "unsupported" ||
    state === "off"
  );
}

/** A picture comes, but there is something wrong with what it shows. */
export function isFault(state: State | undefined): boolean {
  return state === "frozen" || state === "black" || state === "blurred" || state === "moved";
}

/** Pictures are coming, whatever they show. */
export function isWell(state: State | undefined): boolean {
  return state === "live" || isFault(state);
}

const NAMES: Record<State, Said> = {
  live: { id: "Langsung", en: "Live" },
  connecting: { id: "Menyambungkan", en: "Connecting" },
  stale: { id: "Gambar lama", en: "Stale" },
  frozen: { id: "Gambar beku", en: "Frozen" },
  black: { id: "Gambar hitam", en: "Black" },
  blurred: { id: "Gambar buram", en: "Blurred" },
  moved: { id: "Kamera bergeser", en: "Moved" },
  refused: { id: "Akses ditolak", en: "Refused" },
  not_found: { id: "Tidak ditemukan", en: "Not found" },
  unreachable: { id: "Tidak terjangkau", en: "Unreachable" },
  unsupported: { id: "Format tidak didukung", en: "Unsupported" },
  off: { id: "Tidak aktif", en: "Off" },
};

const SENTENCES: Record<State, Said> = {
  live: { id: "Belum ada gambar baru.", en: "No new picture yet." },
  connecting: { id: "Menunggu gambar pertama.", en: "Waiting for the first picture." },
  stale: { id: "Gambar baru tidak datang.", en: "New pictures do not arrive." },
  frozen: { id: "Gambar tidak bergerak lagi.", en: "The picture no longer moves." },
  black: { id: "Kamera mengirim gambar hitam.", en: "The camera sends black pictures." },
  blurred: { id: "Gambar kamera buram.", en: "The camera's picture is blurred." },
  moved: { id: "Arah kamera berubah.", en: "The camera looks elsewhere." },
  refused: { id: "Kamera menolak nama atau kata sandi.", en: "The camera refused the name or password." },
  not_found: { id: "Alamat ini tidak ada di kamera.", en: "The camera has no such address." },
  unreachable: { id: "Kamera tidak menjawab.", en: "The camera does not answer." },
  unsupported: { id: "Format video tidak dapat ditampilkan.", en: "The video format cannot be shown." },
  off: { id: "Kamera tidak aktif.", en: "The camera is off." },
};

/** The state in one or two words. */
export function stateName(state: State, language: Language): string {
  return NAMES[state][language];
}

/** Why there is no good picture, in one sentence: the server's own if it has one. */
export function stateSentence(state: State, facts: CameraState | undefined, language: Language): string {
  const cause = facts?.state === state ? (language === "en" ? facts.cause_en : facts.cause_id) : null;
  return cause?.trim() || SENTENCES[state][language];
}

/** The state whose sign stands for this one: that a camera is live is not known where the server does not answer. */
export function signedState(state: State, isAnswered: boolean): State {
  return state === "live" && !isAnswered ? "stale" : state;
}

export function toneOf(state: State): Tone {
  if (state === "live") return "good";
  if (state === "stale" || isFault(state)) return "warn";
  if (state === "off" || state === "connecting") return "calm";
  return "bad";
}

const DISC = "M8 3a5 5 0 1 1 0 10a5 5 0 1 1 0-10z";
const RIM = "M8 2.2a5.8 5.8 0 1 1 0 11.6a5.8 5.8 0 1 1 0-11.6z";
const HALF = `${RIM}M8 4v8a4 4 0 0 0 0-8z`;
const RING = `${RIM}M8 4.1a3.9 3.9 0 1 0 0 7.8a3.9 3.9 0 1 0 0-7.8z`;
const DIAMOND = "M8 1.6L14.4 8L8 14.4L1.6 8z";
const TRIANGLE = "M8 1.8L15 14H1z";
const SHIELD =
  "M8 1.2l5.8 2v4.4c0 3.5-2.4 6-5.8 7.2c-3.4-1.2-5.8-3.7-5.8-7.2V3.2zM7 4.4v2.4H4.6v2H7v2.8h2V8.8h2.4v-2H9V4.4z";
const DOTS =
  "M3 6.6a1.4 1.4 0 1 1 0 2.8a1.4 1.4 0 1 1 0-2.8zM8 6.6a1.4 1.4 0 1 1 0 2.8a1.4 1.4 0 1 1 0-2.8zM13 6.6a1.4 1.4 0 1 1 0 2.8a1.4 1.4 0 1 1 0-2.8z";

/** The outline (SVG path on 16 × 16, fill rule even-odd) that means this state everywhere. */
export function signPath(state: State): string {
  if (state === "live") return DISC;
  if (state === "stale") return HALF;
  if (state === "connecting") return DOTS;
  if (state === "off") return RING;
  if (state === "refused") return SHIELD;
  return isFault(state) ? DIAMOND : TRIANGLE;
}
