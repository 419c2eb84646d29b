/** The instant that the history is about, the wall as it was then, and the way from one change to the next. */
import { batch, computed, effect, signal } from "@preact/signals";
import { ask, HttpError } from "../shared/http";
import type { CellChange } from "../shared/difference";
import type { Said } from "../shared/language";
import { PAGE_WORDS } from "../shared/page_words";
import { leaveIfSignedOut } from "../shared/session";
import { siteClock } from "../shared/site_clock";
import type { Revision } from "../shared/timed";
import { wallPath } from "../shared/wall_place";
import { neighbourRevision, type PastCell, type PastDisplay, type PastWall } from "./past_cells";
import { tab } from "./store";
import { WORDS } from "./words";

/** Displays tell what they drew every ten seconds, and it is written down a few seconds later. */
const PRESENT_MS = 20_000;
/** A slider that is pulled asks for a few instants, not for each that it passes. */
const PAUSE_MS = 100;
const PAGE = 200;

/** What a wall is compared with: the revision before the one shown, the newest one, or one that was marked. */
export type Against = "before" | "newest" | number;

/** Unix ms, whole ones. */
export const at = signal(present());
/** Of the instant that was read last; null: none was, or `at` could not be read. */
export const past = signal<PastWall | null>(null);
/** What is shown is of another instant: this one is being read. */
export const isBehind = computed(() => past.value !== null && past.value.at_ms !== at.value);
/** Why what belongs to the instant was not read. */
const unread = signal<Said | null>(null);
/** A step that led nowhere, and why. */
const unstepped = signal<{ readonly direction: -1 | 1; readonly why: Said } | null>(null);
export const problem = computed(() => unstepped.value?.why ?? unread.value);
/** How often somebody has asked for what could not be read once more. */
export const tries = signal(0);
/** The newest first, without gaps; all of the day that is shown. */
export const changes = signal<readonly Revision[]>([]);
export const against = signal<Against>("before");
export const picked = signal<{ readonly display: string; readonly cell: string } | null>(null);

export function present(): number {
  return Date.now() - PRESENT_MS;
}

/** The revision that was in force. */
export const current = computed(() => changes.value.find(({ revision }) => revision === past.value?.revision) ?? null);

type Pair = readonly [number, number];

/** The two revisions that are compared, the earlier first; null: they are one and the same. */
export const pair = computed<Pair | null>(() => {
  const shown = past.value?.revision;
  if (shown === undefined) return null;
  const newest = changes.value[0]?.revision ?? shown;
  const other = against.value === "before" ? shown - 1 : against.value === "newest" ? newest : against.value;
  return other < 1 || other === shown ? null : [Math.min(other, shown), Math.max(other, shown)];
});

/** What was compared last; `cells` null: that could not be read. */
const compared = signal<{ readonly of: Pair; readonly cells: readonly CellChange[] | null } | null>(null);

/** What differs between the two of `pair`; null: that is being read, or could not be. */
export const difference = computed(() => (isSame(compared.value?.of, pair.value) ? (compared.value?.cells ?? null) : null));
export const isUncompared = computed(() => compared.value?.cells === null && isSame(compared.value.of, pair.value));

export const pickedCell = computed<{ display: PastDisplay; cell: PastCell } | null>(() => {
  const address = picked.value;
  const display = past.value?.displays.find(({ id }) => id === address?.display);
  const cell = display?.layout.cells.find(({ id }) => id === address?.cell);
  return display && cell ? { display, cell } : null;
});

/** Goes to an instant, and not beyond the present. */
export function goTo(wanted: number): void {
  unstepped.value = null;
  at.value = Math.min(Math.round(wanted), present());
}

/** To the change before this instant, or to the one after it. */
export async function step(direction: -1 | 1): Promise<void> {
  unstepped.value = null;
  try {
    let found = neighbourRevision(changes.value, at.value, direction);
    if (!found && direction < 0 && (await readMore())) found = neighbourRevision(changes.value, at.value, direction);
    if (found) at.value = found.made_ms;
  } catch (error) {
    if (!leaveIfSignedOut(error)) unstepped.value = { direction, why: whyNot(error) };
  }
}

/** Once more what was not done: the step, or else the reading. */
export function again(): void {
  if (unstepped.value) void step(unstepped.value.direction);
  else tries.value += 1;
}

export function onHistoryKey(key: string): boolean {
  if (key !== "," && key !== ".") return false;
  void step(key === "," ? -1 : 1);
  return true;
}

/** Reads what belongs to each instant, for as long as the history is open. Ends by the function that it gives. */
export function follow(revision: number): () => void {
  const ended = new AbortController();
  const stops = [effect(() => readSoon(at.value, revision, ended.signal)), effect(() => void readDifference(pair.value))];
  return () => {
    ended.abort();
    for (const stop of stops) stop();
  };
}

let timer = 0;

function readSoon(wanted: number, revision: number, ended: AbortSignal): void {
  clearTimeout(timer);
  timer = window.setTimeout(() => void read(wanted, revision, ended), PAUSE_MS);
}

async function read(wanted: number, revision: number, ended: AbortSignal): Promise<void> {
  const isLate = (): boolean => ended.aborted || at.peek() !== wanted;
  try {
    const [seen] = await Promise.all([readPast(wanted), readNewest(revision)]);
    if (isLate()) return;
    batch(() => {
      past.value = seen;
      unread.value = null;
    });
    while (tab.peek() === "history" && !isLate() && (changes.value.at(-1)?.made_ms ?? 0) > siteClock.dayStart(wanted) && (await readMore()));
  } catch (error) {
    if (leaveIfSignedOut(error) || isLate()) return;
    batch(() => {
      // The wall of another instant would be taken for that of this one.
      if (isBehind.peek()) past.value = null;
      unread.value = error instanceof NoSuchInstant ? error.words : whyNot(error);
    });
  }
}

/** The wall was not there yet, or the clock here is ahead of the server's. */
class NoSuchInstant extends Error {
  constructor(readonly words: Said) {
    super(words.en);
  }
}

const NO_SUCH_INSTANT: Readonly<Record<number, Said>> = { 404: WORDS.notThereYet, 422: WORDS.yetToCome };

/** Throws NoSuchInstant, HttpError. */
async function readPast(wanted: number): Promise<PastWall> {
  try {
    return await ask<PastWall>(`${wallPath}/history?at=${wanted}`);
  } catch (error) {
    const words = error instanceof HttpError ? NO_SUCH_INSTANT[error.status] : undefined;
    throw words ? new NoSuchInstant(words) : error;
  }
}

/** Why something of the history was not read that is there all the same. */
function whyNot(error: unknown): Said {
  return error instanceof HttpError && error.status === 0 ? PAGE_WORDS.serverAway : WORDS.unread;
}

async function readDifference(of: Pair | null): Promise<void> {
  const before = compared.peek();
  if (of === null || (before?.cells && isSame(before.of, of))) return;
  const found = await ask<{ cells: CellChange[] }>(`${wallPath}/diff?from=${of[0]}&to=${of[1]}`).catch((error: unknown) => {
    leaveIfSignedOut(error);
    return null;
  });
  if (isSame(pair.peek(), of)) compared.value = { of, cells: found?.cells ?? null };
}

function isSame(a: Pair | null | undefined, b: Pair | null | undefined): boolean {
  return a?.[0] === b?.[0] && a?.[1] === b?.[1];
}

async function readNewest(revision: number): Promise<void> {
  const known = changes.peek();
  if (known[0]?.revision === revision) return;
  const found = await ask<Revision[]>(`${wallPath}/revisions?limit=${PAGE}`);
  // What is known joins on where it reaches them.
  const last = found.at(-1)?.revision ?? 0;
  changes.value = known.some((one) => one.revision === last) ? [...found, ...known.filter((one) => one.revision < last)] : found;
}

let reading: Promise<boolean> | null = null;

/** Earlier ones; false: there are none. */
function readMore(): Promise<boolean> {
  reading ??= readEarlier().finally(() => (reading = null));
  return reading;
}

async function readEarlier(): Promise<boolean> {
  const last = changes.peek().at(-1)?.revision ?? 1;
  if (last <= 1) return false;
  const found = await ask<Revision[]>(`${wallPath}/revisions?before=${last}&limit=${PAGE}`);
  if ((changes.peek().at(-1)?.revision ?? 1) === last) changes.value = [...changes.peek(), ...found];
  return found.length > 0;
}
