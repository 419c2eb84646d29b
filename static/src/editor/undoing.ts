/** Whose change an undo of the wall takes back: nobody takes back another's unknowingly. */
import { ask } from "../shared/http";
import { inBoth, type Said } from "../shared/language";
import { whoMade } from "../shared/others";
import { me } from "../shared/session";
import { isOurs } from "../shared/site";
import type { Revision } from "../shared/timed";
import type { Wall } from "../shared/walls";
import { wallPath } from "./now";
import { WORDS } from "./words";

/** Nobody has read what was said sooner than this: a press before that is the second of a double click. */
const READ_MS = 1000;
/** A press later than this is not the answer to it any more. */
const MEANT_MS = 20_000;

/** What was said of which revision, and when (ms). */
let told: { readonly revision: number; readonly words: Said; readonly at: number } | null = null;

/**
 * What is said before somebody else's change is taken back by the next press; null: it is one's own, or that was said.
 * HttpError where it cannot be read whose it is.
 */
export async function beforeUndo({ id, revision, past }: Wall): Promise<Said | null> {
  const undone = (past.at(-1) ?? revision) + 1;
  if (undone > revision || me.value === null) return null;
  const before = told?.revision === undone ? told : null;
  const since = performance.now() - (before?.at ?? 0);
  if (before && since < READ_MS) return before.words;
  told = null;
  if ((before && since < MEANT_MS) || (undone === revision && isOurs(id, revision))) return null;
  const [made] = await ask<Revision[]>(`${wallPath}/revisions?before=${undone + 1}&limit=1`);
  if (made?.revision !== undone || isMine(made)) return null;
  const words = inBoth`${WORDS.undoOf} ${whoMade(made)} (${{ id: made.said_id, en: made.said_en }}). ${WORDS.undoAgain}`;
  told = { revision: undone, words, at: performance.now() };
  return words;
}

function isMine({ made_by, cause }: Revision): boolean {
  return made_by === me.value?.name && cause !== "schedule" && cause !== "returned";
}
