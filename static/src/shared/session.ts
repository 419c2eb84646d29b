/** What every page for people who signed in knows: who it is, in which language, whether the server answers. */
import { computed, signal } from "@preact/signals";
import { chosenLanguage, keepLanguage } from "./chosen";
import { ask, firstGoTo, HttpError } from "./http";
import type { Language, Said } from "./language";
import { PAGE_WORDS } from "./page_words";
import { refusalOf } from "./refusals";
import type { Scope } from "./scope";

/** Who is signed in. What they may do the server decides; pages show or hide by it. */
export interface Me {
  readonly name: string;
  readonly role: string;
  readonly scope?: Scope | null;
  readonly actions: readonly string[];
}

export const language = signal<Language>(chosenLanguage());
export const me = signal<Me | null>(null);
/** Unix ms; what ages are counted to. The head of the page moves it, each second. */
export const now = signal(Date.now());

/** Something that the page lives on and that could not be read when it was read last. */
interface Silence {
  /** Unix ms of the first time in a row. */
  readonly sinceMs: number;
  readonly why: Said;
  readonly again: () => Promise<unknown>;
}

/** By what it is, the oldest first. */
const silent = signal<ReadonlyMap<string, Silence>>(new Map());
/** Since when (unix ms) something that the page lives on cannot be read, and why; null: all of it can. */
export const away = computed<Pick<Silence, "sinceMs" | "why"> | null>(() => [...silent.value.values()][0] ?? null);
/** What pages read cameras' and displays' states with, by the names it fails under. */
const TELLING_STATES = ["site", "states"];
/** Since when (unix ms) no states come: those that are shown are as of then; null: they come. */
export const statesAsOf = computed(() => TELLING_STATES.flatMap((what) => silent.value.get(what)?.sinceMs ?? [])[0] ?? null);

export function say(words: Said): string {
  return words[language.value];
}

export function setLanguage(wanted: Language): void {
  language.value = wanted;
  keepLanguage(wanted);
}

export function mayDo(action: string): boolean {
  return me.value?.actions.includes(action) ?? false;
}

export async function signOut(): Promise<void> {
  await ask("/api/logout", "POST").catch(() => undefined);
  location.assign("/login");
}

export function leaveIfSignedOut(error: unknown): boolean {
  const place = firstGoTo(error);
  if (place !== null) location.assign(place);
  return place !== null;
}

/**
 * Something that the page lives on could not be read: what is seen of it may be old, until it is `heard` again.
 * `again` asks for it at once.
 */
export function failed(error: unknown, what: string, again: () => Promise<unknown>): void {
  if (leaveIfSignedOut(error)) return;
  const isAnswer = error instanceof HttpError;
  if (!isAnswer) console.error(what, error);
  const sinceMs = silent.value.get(what)?.sinceMs ?? Date.now();
  silent.value = new Map([...silent.value, [what, { sinceMs, why: isAnswer ? refusalOf(error) : PAGE_WORDS.failed, again }]]);
}

/** Asks at once for all that could not be read. */
export function askAgain(): void {
  for (const { again } of silent.value.values()) void again();
}

/** It was read, or nobody looks at it any more. */
export function heard(what: string): void {
  if (silent.value.has(what)) silent.value = new Map([...silent.value].filter(([one]) => one !== what));
}
