/** What every page for people who signed in knows: who it is, in which language, whether the server answers. */
import { signal } from "@preact/signals";
import { chosenLanguage, keepLanguage } from "./chosen";
import { ask, firstGoTo } from "./http";
import type { Language, Said } from "./language";
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
/** Unix ms since when the server gives no answer. */
export const awaySince = signal<number | null>(null);

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

/** What the page lives on could not be read. */
export function failed(error: unknown): void {
  if (!leaveIfSignedOut(error)) awaySince.value ??= Date.now();
}
