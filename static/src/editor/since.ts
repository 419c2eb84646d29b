/** The revision that somebody has opened in the history, and what has changed since it: up to the newest, always. */
import { signal } from "@preact/signals";
import { ask } from "../shared/http";
import { type Difference, liveWall, wallPath } from "./now";

export interface Looked {
  readonly revision: number;
  /** null: being read, or could not be. */
  readonly since: Difference | null;
  /** Up to which revision that goes. */
  readonly until: number;
}

export const looked = signal<Looked | null>(null);

/** Opens it, or closes it where it is open. */
export async function look(revision: number): Promise<void> {
  const isOpen = looked.value?.revision === revision;
  looked.value = isOpen ? null : { revision, since: null, until: 0 };
  await compare();
}

/** Reads what is not known yet of the one that is open. What others do meanwhile would be undone unseen. */
export async function compare(): Promise<void> {
  const [open, newest] = [looked.peek(), liveWall.peek()?.revision];
  if (!open || newest === undefined || open.until === newest) return;
  const since = await ask<Difference>(`${wallPath}/diff?from=${open.revision}&to=${newest}`).catch(() => null);
  const now = looked.peek();
  if (since && now?.revision === open.revision && liveWall.peek()?.revision === newest) looked.value = { ...now, since, until: newest };
}
