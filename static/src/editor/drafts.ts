/** Drafts: changes are tried out, looked at with what they cost, and shown on all displays at once when published. */
import { batch } from "@preact/signals";
import { put } from "../shared/site";
import type { Wall } from "../shared/walls";
import { ask, HttpError } from "../shared/http";
import { readOnce } from "../shared/read_once";
import { isUnknown } from "../shared/reads";
import type { Command } from "../shared/commands";
import { type Broken, broken, type Draft, draft, draftable, mode, type Mode, wallPath } from "./now";

/** Which changes go to the displays at once here (`walls.changes` of config.yaml). */
export type Policy = "live" | "small" | "draft";

export let policy: Policy = "live";

/** As the server keeps it. */
interface Kept {
  readonly changes: Policy;
  readonly draft: Draft | null;
  readonly broken?: Broken;
}

const SMALL: readonly Command["type"][] = ["assign", "clear", "swap", "undo", "redo"];
/** What a draft cannot hold: it is about the wall as it is. */
const ALWAYS_LIVE: readonly Command["type"][] = ["save_scene"];

/** One's own draft of an earlier visit, and what the site's rule is. */
export async function loadDraft(): Promise<void> {
  const found = await readOnce<Kept>(`${wallPath}/draft`);
  if (!found) return;
  policy = found.changes;
  batch(() => {
    draftable.value = true;
    if (policy === "draft") mode.value = "draft";
    take(found);
  });
}

/** Does this command go into the draft? */
export function isForDraft(command: Command): boolean {
  if (ALWAYS_LIVE.includes(command.type)) return false;
  return mode.value === "draft" || (policy === "small" && !SMALL.includes(command.type));
}

/** Throws HttpError. */
export async function addToDraft(command: Command): Promise<Wall> {
  // What is done as one on the wall is one after the other in a draft, which is published as one anyway. One that is
  // refused leaves those before it there.
  const steps = command.type === "several" ? command.commands : [command];
  let after: Wall | null = null;
  for (const command of steps) {
    const before = mode.value;
    const seen = await askDraft<Draft>("/commands", "POST", { ...looked(), command });
    show(seen, before);
    after = seen.wall;
  }
  if (!after) throw new HttpError(422, "nothing to do", {});
  return after;
}

/** Throws HttpError. */
export async function undoInDraft(): Promise<void> {
  const before = mode.value;
  show(await askDraft<Draft>("/undo", "POST", looked()), before);
}

/** The same changes on the wall as others have left it; how many could not be done on it. Throws HttpError. */
export async function rebaseDraft(): Promise<number> {
  const before = mode.value;
  const seen = await askDraft<Draft & { dropped: unknown[] }>("/rebase", "POST", looked());
  show(seen, before);
  return seen.dropped.length;
}

/** To all displays at once. Throws HttpError. */
export async function publishDraft(): Promise<void> {
  const after = await askDraft<Wall>("/publish", "POST", looked());
  batch(() => {
    put(after);
    forget();
  });
}

/** The one that is seen here, and no other. Throws HttpError. */
export async function discardDraft(): Promise<void> {
  await askDraft(`?changes=${looked().changes}`, "DELETE");
  forget();
}

function forget(): void {
  batch(() => {
    draft.value = null;
    broken.value = null;
  });
}

/** Which state of the draft is seen here. */
function looked(): { readonly changes: number } {
  return { changes: (draft.value ?? broken.value)?.changes ?? 0 };
}

/**
 * Throws HttpError, once the draft is seen as it is by now: it, or its wall, is another one (409), or may be; or it
 * cannot be any more (422), other than with a command, which may be at fault itself.
 */
async function askDraft<T>(what: string, method: string, body?: unknown): Promise<T> {
  try {
    return await ask<T>(`${wallPath}/draft${what}`, method, body);
  } catch (error) {
    const status = error instanceof HttpError ? error.status : null;
    if (isUnknown(error) || status === 409 || (status === 422 && what !== "/commands")) await lookAgain();
    throw error;
  }
}

/** Where it cannot be read now, either, the next command meets the same and tries again. */
async function lookAgain(): Promise<void> {
  const found = await ask<Kept>(`${wallPath}/draft`).catch(() => null);
  if (found) take(found);
}

/** Where there is one, it is to be seen. */
function take(found: Kept): void {
  batch(() => {
    draft.value = found.draft;
    broken.value = found.broken ?? null;
    if (found.draft || found.broken) mode.value = "draft";
  });
}

/** `before`: the mode in which it was asked for. Whoever has gone from the draft to live since stays there. */
function show(seen: Draft, before: Mode): void {
  batch(() => {
    draft.value = seen;
    broken.value = null;
    if (before === "live") mode.value = "draft";
  });
}
