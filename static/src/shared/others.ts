/** What others do to the cells that somebody has selected: told, since such a cell shows something else all at once. */
import { effect, untracked } from "@preact/signals";
import { type CellChange, changesOf } from "./difference";
import { changeText } from "./difference_words";
import { ask } from "./http";
import { inBoth, type Said } from "./language";
import { me } from "./session";
import { contentWordsOn, isOurs, wallOf, walls } from "./site";
import type { Revision } from "./timed";
import { type CellAddress, findCell, type Wall } from "./walls";

const WORDS = {
  somebody: { id: "Orang lain", en: "Somebody else" },
  schedule: { id: "Jadwal", en: "The schedule" },
  returned: { id: "Akhir tampilan sementara", en: "The end of what was there for a while" },
  changed: { id: "mengubah", en: "changed" },
  cell: { id: "sel", en: "cell" },
} as const satisfies Record<string, Said>;

/** More than so many at once are not looked through for who made them. */
const MOST = 20;

/** For as long as the page is there. `selected`: on all walls; `isBusy`: a command of ours is under way. */
export function watchOthers(
  selected: () => readonly CellAddress[],
  isBusy: () => boolean,
  tell: (wall: string, words: Said) => void,
): () => void {
  let seen: ReadonlyMap<string, Wall> = new Map();
  return effect(() => {
    const before = seen;
    seen = new Map((walls.value ?? []).map((wall) => [wall.id, wall]));
    untracked(() => {
      for (const wall of seen.values()) {
        const was = before.get(wall.id);
        if (was && wall.revision > was.revision) void look(was, wall, selected(), isBusy, tell);
      }
    });
  });
}

async function look(
  was: Wall,
  now: Wall,
  selected: readonly CellAddress[],
  isBusy: () => boolean,
  tell: (wall: string, words: Said) => void,
): Promise<void> {
  const changes = changesOf(was, now).filter(({ display, cell }) =>
    selected.some((one) => one.wall === now.id && one.display === display && one.cell === cell),
  );
  if (changes.length === 0 || (now.revision === was.revision + 1 && isOurs(now.id, now.revision))) return;
  const by = await theirs(was, now, isBusy);
  // What came since has been told by itself, or is ours.
  if (by !== null && wallOf(now.id)?.revision === now.revision) tell(now.id, wordsOf(by, was, now, changes));
}

/** Who, but for what was done here; null: nobody else. */
async function theirs(was: Wall, now: Wall, isBusy: () => boolean): Promise<Said | null> {
  const limit = Math.min(MOST, now.revision - was.revision);
  const path = `/api/walls/${encodeURIComponent(now.id)}/revisions?before=${now.revision + 1}&limit=${limit}`;
  const made = await ask<Revision[]>(path).catch(() => null);
  if (made === null) return isBusy() || isOurs(now.id, now.revision) ? null : WORDS.somebody;
  const others = made.filter(({ revision, made_by, cause }) => {
    // Ours may be seen on the wall before the answer that it is.
    const underWay = isBusy() && made_by === me.value?.name && cause !== "schedule" && cause !== "returned";
    return !isOurs(now.id, revision) && !underWay;
  });
  const [first, ...more] = new Map(others.map(whoMade).map((name) => [name.id, name])).values();
  return first ? more.reduce((all, one) => inBoth`${all}, ${one}`, first) : null;
}

export function whoMade({ cause, made_by }: Revision): Said {
  return cause === "schedule" || cause === "returned" ? WORDS[cause] : inBoth`${made_by}`;
}

function wordsOf(by: Said, was: Wall, now: Wall, changes: readonly CellChange[]): Said {
  const [first, ...more] = changes.map((change) => cellWords(was, now, change));
  const all = more.reduce<Said>((before, one) => inBoth`${before}; ${one}`, first ?? inBoth``);
  return inBoth`${by} ${WORDS.changed} ${all}`;
}

/** "Layar 2, sel 4: Jl. Andalas → Jl. Veteran". */
function cellWords(was: Wall, now: Wall, change: CellChange): Said {
  const address = { wall: now.id, display: change.display, cell: change.cell };
  const at = findCell(now, address) ?? findCell(was, address);
  const text = (language: keyof Said): string => changeText(change, ({ content }) => contentWordsOn(now, content)[language], language);
  return inBoth`${at?.display.name ?? change.display}, ${WORDS.cell} ${at?.number ?? change.cell}: ${{ id: text("id"), en: text("en") }}`;
}
