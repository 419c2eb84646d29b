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

/** The revision of which it was said. */
let told: number | null = null;

/** What is said, once, before somebody else's change is taken back; null: it is one's own, or nobody can tell. */
export async function beforeUndo({ id, revision, past }: Wall): Promise<Said | null> {
  const back = past.at(-1);
  if (back === undefined || me.value === null || told === back + 1) return null;
  if (back + 1 === revision && isOurs(id, revision)) return null;
  const [made] = await ask<Revision[]>(`${wallPath}/revisions?before=${back + 2}&limit=1`).catch(() => []);
  if (made?.revision !== back + 1 || isMine(made)) return null;
  told = made.revision;
  return inBoth`${WORDS.undoOf} ${whoMade(made)} (${{ id: made.said_id, en: made.said_en }}). ${WORDS.undoAgain}`;
}

function isMine({ made_by, cause }: Revision): boolean {
  return made_by === me.value?.name && cause !== "schedule" && cause !== "returned";
}
