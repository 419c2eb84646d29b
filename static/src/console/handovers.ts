/** Notes that one shift leaves to the next: read now and then, left, confirmed. */
import { batch, computed, signal } from "@preact/signals";
import { Doing } from "../shared/doing";
import { waitingFor, type Handover } from "../shared/handover";
import { ask } from "../shared/http";
import { Reads } from "../shared/reads";
import { failed, heard, mayDo, me } from "../shared/session";
import { HANDOVER_WORDS as WORDS } from "./handover_words";

const REFRESH_MS = 10_000;
const SIGNED_IN_MS = 250;

/** The newest first. */
export const notes = signal<readonly Handover[]>([]);
/** The list is open, and the form for a new one. */
export const handingOver = signal(false);
/** What is done in the list. It goes on where that is closed meanwhile, and there is one of it where that is opened anew. */
export const doing = new Doing(WORDS.unknown);
/** What is being written: closing the list does not lose it. */
export const written = signal("");
/** A note was left, and nothing was written since. */
export const left = signal(false);
/** What is for whoever is signed in to confirm, the newest first. */
export const waiting = computed(() => waitingFor(notes.value, me.value?.name ?? ""));

const reads = new Reads<readonly Handover[]>(
  () => ask("/api/handovers?limit=50"),
  (answer) => {
    notes.value = answer;
    heard("notes");
  },
  (error) => failed(error, "notes", readNotes),
);

function readNotes(): Promise<void> {
  return reads.read();
}

/** For as long as the page is there; the first time as soon as it is known who signed in. */
export async function keepNotesFresh(): Promise<never> {
  for (;;) {
    if (!mayDo("handovers")) heard("notes");
    else if (!document.hidden) await readNotes();
    await new Promise((resolve) => setTimeout(resolve, me.value ? REFRESH_MS : SIGNED_IN_MS));
  }
}

export function write(text: string): void {
  batch(() => {
    written.value = text;
    left.value = false;
  });
}

/** The list is closed: what was said in it has been seen. */
export function listClosed(): void {
  batch(() => {
    handingOver.value = false;
    left.value = false;
    doing.problem.value = null;
  });
}

/** Leaves what is written to the next shift. */
export async function leave(): Promise<void> {
  const text = written.value;
  const isLeft = await doing.attempt(() => reads.change(() => ask("/api/handovers", "POST", { text })), WORDS.notLeft);
  // What was written meanwhile is another note.
  if (!isLeft || written.value !== text) return;
  write("");
  left.value = true;
}

/** Throws HttpError, also where somebody else was quicker. */
export async function confirm({ id }: Handover): Promise<void> {
  await reads.change(() => ask(`/api/handovers/${encodeURIComponent(id)}/confirm`, "POST"));
}
