/** Drafts: changes are tried out, looked at with what they cost, and shown on all displays at once when published. */
import { batch } from "@preact/signals";
import { put } from "../console/store";
import type { Wall } from "../console/walls";
import { ask, HttpError } from "../shared/http";
import type { Command } from "./commands";
import { type Draft, draft, draftable, mode, wallPath } from "./now";

/** Which changes go to the displays at once here (`walls.changes` of config.yaml). */
export type Policy = "live" | "small" | "draft";

export let policy: Policy = "live";

const SMALL: readonly Command["type"][] = ["assign", "clear", "swap", "undo", "redo"];
/** What a draft cannot hold: it is about the wall as it is. */
const ALWAYS_LIVE: readonly Command["type"][] = ["save_scene"];

/** One's own draft of an earlier visit, and what the site's rule is. */
export async function loadDraft(): Promise<void> {
  const found = await ask<{ changes: Policy; draft: Draft | null }>(`${wallPath}/draft`).catch(() => null);
  if (!found) return;
  policy = found.changes;
  batch(() => {
    draftable.value = true;
    draft.value = found.draft;
    if (found.draft || policy === "draft") mode.value = "draft";
  });
}

/** Does this command go into the draft? */
export function isForDraft(command: Command): boolean {
  if (ALWAYS_LIVE.includes(command.type)) return false;
  return mode.value === "draft" || (policy === "small" && !SMALL.includes(command.type));
}

/** Throws HttpError. */
export async function addToDraft(command: Command): Promise<Wall> {
  // What is done as one on the wall is one after the other in a draft, which is published as one anyway.
  const steps = command.type === "several" ? command.commands : [command];
  let seen: Draft | null = null;
  let changes = draft.value?.changes ?? 0;
  for (const command of steps) {
    seen = await ask<Draft>(`${wallPath}/draft/commands`, "POST", { changes, command });
    changes = seen.changes;
  }
  if (!seen) throw new HttpError(422, "nothing to do", {});
  show(seen);
  return seen.wall;
}

/** Throws HttpError. */
export async function undoInDraft(): Promise<void> {
  show(await ask<Draft>(`${wallPath}/draft/undo`, "POST", { changes: draft.value?.changes ?? 0 }));
}

/** The same changes on the wall as others have left it; how many could not be done on it. Throws HttpError. */
export async function rebaseDraft(): Promise<number> {
  const body = { changes: draft.value?.changes ?? 0 };
  const seen = await ask<Draft & { dropped: unknown[] }>(`${wallPath}/draft/rebase`, "POST", body);
  show(seen);
  return seen.dropped.length;
}

/** To all displays at once. Throws HttpError. */
export async function publishDraft(): Promise<void> {
  const after = await ask<Wall>(`${wallPath}/draft/publish`, "POST", { changes: draft.value?.changes ?? 0 });
  batch(() => {
    put(after);
    draft.value = null;
  });
}

/** Throws HttpError. */
export async function discardDraft(): Promise<void> {
  await ask(`${wallPath}/draft`, "DELETE");
  draft.value = null;
}

function show(seen: Draft): void {
  batch(() => {
    draft.value = seen;
    mode.value = "draft";
  });
}
