import { asks, eventually, waitingFor } from "../shared/in_a_browser";
import { effect } from "@preact/signals";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { aCell, aDisplay, aWall, showing } from "../shared/samples";
import { SAVING_WORDS } from "../shared/saving";
import { me } from "../shared/session";
import { WHY_SHUT } from "../shared/shut_words";
import { walls } from "../shared/site";
import { discardDraft, loadDraft, publishDraft, rebaseDraft } from "./drafts";
import { broken, type Draft, draft, mode } from "./now";
import { attempt, conflict, dialog, each, identify, merge, orders, perform, problem, publishAll, redo, relabel, said, saveScene, selection, shownHere, split, undo } from "./store";
import { WORDS } from "./words";

const COMMANDS = "POST /api/walls/w/commands";
const DRAFT = "POST /api/walls/w/draft";
const LOOK = "GET /api/walls/w/draft";
const [FIRST, SECOND] = [
  { display: "a", cell: "c1" },
  { display: "a", cell: "c2" },
];

const change = { type: "undo" };

function aDraft(changes: number, more: Partial<Draft> = {}): Draft {
  const diff = { cells: [] };
  return { base_revision: 4, current_revision: 4, changes, commands: [change, change], wall: aWall(), diff, meanwhile: null, ...more };
}

beforeEach(() => {
  walls.value = [aWall({ past: [3] })];
  draft.value = null;
  broken.value = null;
  mode.value = "live";
  me.value = null;
  selection.value = [FIRST, SECOND];
  problem.value = null;
  conflict.value = null;
  said.value = null;
});

/** Once all that was asked for is done, or dropped. */
function settled(): Promise<boolean> {
  return attempt(async () => undefined, { id: "", en: "" });
}

afterEach(async () => {
  await settled();
  vi.restoreAllMocks();
});

it("says that a draft was published once it was, and never where that was refused", async () => {
  const refused = attempt(publishDraft, WORDS.published);
  (await asks(`${DRAFT}/publish`)).answer({ error: "There is nothing to publish in this draft." }, 422);
  (await asks(LOOK)).answer({ changes: "live", draft: null });
  expect(await refused).toBe(false);
  expect([said.value, problem.value?.en]).toEqual([null, "Not saved: There is nothing to publish in this draft."]);

  const done = attempt(publishDraft, WORDS.published);
  (await asks(`${DRAFT}/publish`)).answer(aWall());
  expect(await done).toBe(true);
  expect([said.value, problem.value]).toEqual([WORDS.published, null]);
});

it("publishes once for a double click, and does not say that it was not", async () => {
  draft.value = aDraft(7);
  const both = [publishAll(), publishAll()];
  const published = await asks(`${DRAFT}/publish`);
  published.answer(aWall({ revision: 5 }));
  await Promise.all(both);
  expect([waitingFor(DRAFT), said.value, problem.value]).toEqual([0, WORDS.published, null]);
});

it("says that no display was there to show its number, instead of that they do", async () => {
  const told: unknown[] = [];
  const stop = said.subscribe((words) => told.push(words));
  const done = identify();
  (await asks("POST /api/walls/w/identify")).answer({ told: 0 });
  await done;
  stop();
  expect(told.at(-1)).toBe(WORDS.noBrowser);
  expect(told).not.toContain(WORDS.identified);
});

it("says that displays show their numbers for as long as they do", async () => {
  const identified = async (ms: number): Promise<void> => {
    const done = identify();
    (await asks("POST /api/walls/w/identify")).answer({ told: 2, ms });
    await done;
  };
  await identified(20);
  expect(said.value).toBe(WORDS.identified);
  await eventually(() => expect(said.value).toBeNull());
  await identified(20);
  said.value = WORDS.merge;
  await new Promise((resolve) => setTimeout(resolve, 40));
  expect(said.value).toBe(WORDS.merge);
});

it("takes back one change of a draft after the other, each of the draft as the one before has left it", async () => {
  draft.value = aDraft(7);
  mode.value = "draft";
  undo();
  undo();
  const first = await asks(`${DRAFT}/undo`);
  expect(waitingFor(`${DRAFT}/undo`)).toBe(1);
  first.answer(aDraft(8));
  const second = await asks(`${DRAFT}/undo`);
  expect([first.body, second.body]).toEqual([{ changes: 7 }, { changes: 8 }]);
  second.answer(aDraft(9));
});

it("takes nobody else's change back behind a command that met it, and leaves what it met to be seen", async () => {
  merge();
  undo();
  const last = settled();
  const theirs = aWall({ revision: 5, past: [4], displays: [aDisplay("a", {}, [aCell("c1", 0, 0, 720, 720, showing("z"))])] });
  (await asks(COMMANDS)).answer({ error: "Somebody changed this wall meanwhile.", reason: "stale", snapshot: theirs }, 409);
  expect(await last).toBe(false);
  expect(waitingFor(COMMANDS)).toBe(0);
  expect([conflict.value?.words, orders.hasDropped.value, walls.value]).toEqual([WORDS.merge, true, [theirs]]);

  undo(); // by somebody who has seen that
  expect(conflict.value).toBeNull();
  (await asks(COMMANDS)).answer(aWall({ revision: 6 }));
});

it("publishes no draft behind a command for it that was refused", async () => {
  draft.value = aDraft(7);
  mode.value = "draft";
  selection.value = [FIRST];
  split(2, 1);
  const published = attempt(publishDraft, WORDS.published);
  (await asks(`${DRAFT}/commands`)).answer({ error: "cell c1 is locked", reason: "locked" }, 422);
  expect(await published).toBe(false);
  expect([waitingFor(`${DRAFT}/publish`), problem.value?.id]).toEqual([0, "Tidak tersimpan: Itu dikunci."]);
});

it("sees what others changed where a draft cannot be published for that", async () => {
  draft.value = aDraft(7);
  const published = attempt(publishDraft, WORDS.published);
  (await asks(`${DRAFT}/publish`)).answer({ error: "Somebody changed this wall meanwhile.", reason: "stale", snapshot: aWall() }, 409);
  const stale = aDraft(7, { current_revision: 5, meanwhile: { cells: [] } });
  (await asks(LOOK)).answer({ changes: "live", draft: stale });
  await published;
  expect(draft.value).toEqual(stale);
  expect(problem.value?.id).toContain("Orang lain baru saja mengubah dinding ini.");
});

it("goes on with a draft of which a command was refused half way, from what is in it", async () => {
  draft.value = aDraft(7);
  mode.value = "draft";
  each("clear", WORDS.clear);
  (await asks(`${DRAFT}/commands`)).answer(aDraft(8));
  (await asks(`${DRAFT}/commands`)).answer({ error: "cell c2 is locked", reason: "locked" }, 422);
  await settled();
  undo();
  const next = await asks(`${DRAFT}/undo`);
  expect(next.body).toEqual({ changes: 8 });
  next.answer(aDraft(9));
});

it("looks at a draft anew where nobody knows whether a command is in it, and does not say that it is not", async () => {
  draft.value = aDraft(7);
  mode.value = "draft";
  split(2, 1);
  const last = settled();
  (await asks(`${DRAFT}/commands`)).lose();
  (await asks(LOOK)).answer({ changes: "live", draft: aDraft(8) });
  await last;
  expect([draft.value, problem.value]).toEqual([aDraft(8), SAVING_WORDS.unknown]);
});

it("says what was done in the language that is read", async () => {
  selection.value = [FIRST];
  split(2, 2);
  (await asks(COMMANDS)).answer(aWall({ revision: 5 }));
  await eventually(() => expect(said.value).toEqual({ id: "Layar a, sel 1: 2 × 2", en: "Layar a, cell 1: 2 × 2" }));
});

it("does not ask for what is sure to be refused, and says why", async () => {
  me.value = { name: "budi", role: "operator", actions: ["cells.arrange"], scope: { displays: { a: ["c1"] } } };
  expect(await perform({ type: "preset", display: "a", preset: "2x2" }, WORDS.presets)).toBe(false);
  expect([waitingFor(COMMANDS), problem.value]).toEqual([0, WHY_SHUT.notTheirs]);
  saveScene();
  expect([dialog.value, problem.value]).toEqual([null, WHY_SHUT.wholeWall]);
  selection.value = [FIRST];
  each("clear", WORDS.clear); // theirs
  (await asks(COMMANDS)).answer(aWall({ revision: 5 }));
  await settled();
  expect(problem.value).toBeNull();
});

it("does again what it takes back, also right behind that, before anybody knows that there is something", async () => {
  undo();
  await asks(COMMANDS);
  redo();
  (await asks(COMMANDS)).answer(aWall({ revision: 5, future: [4] }));
  const again = await eventually(() => {
    expect(waitingFor(COMMANDS)).toBe(1);
    return asks(COMMANDS);
  });
  expect(again.body).toEqual({ base_revision: 5, command: { type: "redo" } });
  again.answer(aWall({ revision: 6, past: [3] }));
  await settled();
  redo(); // nothing: nobody asks
  expect([waitingFor(COMMANDS), problem.value]).toEqual([0, null]);
});

it("calls the cell otherwise for which that was typed, though another one is selected by then, and by its own name again", async () => {
  selection.value = [SECOND];
  relabel(FIRST, null); // it does
  expect(waitingFor(COMMANDS)).toBe(0);
  relabel(FIRST, "Gerbang");
  const named = await asks(COMMANDS);
  expect(named.body).toMatchObject({ command: { type: "assign", ...FIRST, label: "Gerbang" } });
  const unnamed = aCell("c1", 0, 0, 360, 360, { ...showing("a"), label: "" });
  named.answer(aWall({ revision: 5, displays: [aDisplay("a", {}, [unnamed])] }));
  await settled();
  relabel(FIRST, null);
  const again = await asks(COMMANDS);
  expect(again.body).toMatchObject({ command: { type: "assign", ...FIRST, content: { type: "camera", camera: "a" }, fit: "contain" } });
  expect(again.body).not.toHaveProperty("command.label");
  again.answer(aWall({ revision: 6 }));
});

it("gives a name that was typed for one camera to none that has come into the cell since", async () => {
  selection.value = [FIRST];
  walls.value = [aWall({ revision: 5, displays: [aDisplay("a", {}, [aCell("c1", 0, 0, 360, 360, showing("z"))])] })];
  relabel(FIRST, "Gerbang", { type: "camera", camera: "a" });
  await eventually(() => expect([problem.value, waitingFor(COMMANDS)]).toEqual([WORDS.namedAnother, 0]));
  relabel(FIRST, "Gerbang", { type: "camera", camera: "z" });
  (await asks(COMMANDS)).answer(aWall({ revision: 6 }));
  await settled();
});

it("offers nobody to put a name on top of what somebody else has put into its cell", async () => {
  const theirs = aWall({ revision: 5, displays: [aDisplay("a", {}, [aCell("c1", 0, 0, 360, 360, showing("z"))])] });
  relabel(FIRST, "Gerbang", { type: "camera", camera: "a" });
  (await asks(COMMANDS)).answer({ error: "Somebody changed this wall meanwhile.", reason: "stale", snapshot: theirs }, 409);
  await eventually(() => expect([conflict.value, problem.value]).toEqual([null, WORDS.namedAnother]));
});

it("keeps for the draft what was done in it, though somebody has gone to live since, and stays live behind that", async () => {
  mode.value = "draft";
  draft.value = aDraft(7);
  const shown = identify();
  selection.value = [FIRST];
  split(2, 1);
  const known = await asks("POST /api/walls/w/identify");
  mode.value = "live";
  known.answer({ told: 1, ms: 1 });
  await shown;
  const kept = await asks(`${DRAFT}/commands`);
  expect(waitingFor(COMMANDS)).toBe(0);
  kept.answer(aDraft(8));
  await settled();
  expect(mode.value).toBe("draft"); // where it is seen

  split(2, 1);
  const next = await asks(`${DRAFT}/commands`);
  mode.value = "live";
  next.answer(aDraft(9));
  await settled();
  expect([mode.value, draft.value]).toEqual(["live", aDraft(9)]);
});

it("discards no draft but the one that is seen, and sees that another page has changed it", async () => {
  draft.value = aDraft(7);
  mode.value = "draft";
  const discarded = attempt(discardDraft, WORDS.discarded);
  (await asks(`DELETE /api/walls/w/draft?changes=7`)).answer({ error: "This draft was just changed.", reason: "draft_elsewhere" }, 409);
  (await asks(LOOK)).answer({ changes: "live", draft: aDraft(9) });
  expect(await discarded).toBe(false);
  expect([draft.value, problem.value?.id]).toEqual([aDraft(9), "Tidak tersimpan: Draf ini baru saja diubah dari halaman lain."]);
});

it("says of a draft that it cannot be shown any more, and goes on with what still can be of it", async () => {
  const loaded = loadDraft();
  const why = { changes: 7, error: "there is no camera x in the catalogue", reason: null };
  (await asks(LOOK)).answer({ changes: "live", draft: null, broken: why });
  await loaded;
  expect([mode.value, draft.value, broken.value]).toEqual(["draft", null, why]);
  const rebased = rebaseDraft();
  const asked = await asks(`${DRAFT}/rebase`);
  expect(asked.body).toEqual({ changes: 7 });
  asked.answer({ ...aDraft(8), dropped: [change] });
  expect([await rebased, draft.value?.changes, broken.value]).toEqual([1, 8, null]);
});

it("sees why a draft cannot be published any more, and not only that", async () => {
  draft.value = aDraft(7);
  mode.value = "draft";
  const published = attempt(publishDraft, WORDS.published);
  const why = { changes: 7, error: "there is no camera x in the catalogue", reason: null };
  (await asks(`${DRAFT}/publish`)).answer({ error: why.error, reason: null }, 422);
  (await asks(LOOK)).answer({ changes: "live", draft: null, broken: why });
  expect(await published).toBe(false);
  expect([draft.value, broken.value]).toEqual([null, why]);
});

it("fills a form with what the selected cell shows where that is another thing, and not whenever the wall is read", () => {
  selection.value = [FIRST];
  const filled: unknown[] = [];
  const stop = effect(() => void filled.push(shownHere.value));
  walls.value = [structuredClone(aWall())];
  walls.value = [structuredClone(aWall({ revision: 5 }))];
  expect(filled).toEqual([{ type: "camera", camera: "a" }]);
  selection.value = [SECOND];
  selection.value = [];
  expect(filled.slice(1)).toEqual([{ type: "empty" }, null]);
  stop();
});

it("offers nobody to take another's change back where an undo met that", async () => {
  undo();
  const last = settled();
  const theirs = aWall({ revision: 5, past: [4] });
  (await asks(COMMANDS)).answer({ error: "Somebody changed this wall meanwhile.", reason: "stale", snapshot: theirs }, 409);
  expect(await last).toBe(false);
  expect([conflict.value, problem.value, walls.value]).toEqual([null, WORDS.changedSince, [theirs]]);
});

it("takes another's change back only where that was said before, and could be read", async () => {
  const clock = vi.spyOn(performance, "now").mockReturnValue(5000);
  me.value = { name: "rina", role: "supervisor", actions: ["cells.arrange", "walls.edit"] };
  walls.value = [aWall({ past: [2, 3] })];
  const made = { revision: 4, made_by: "budi", made_ms: 1, said_id: "Layar a, sel 1 = B", said_en: "Layar a, cell 1 = B", cause: null };
  const MADE = "GET /api/walls/w/revisions?before=5&limit=1";
  undo();
  undo(); // before that could be read
  (await asks(MADE)).answer([made]);
  await settled();
  expect(problem.value?.en).toBe("What would be undone was changed by budi (Layar a, cell 1 = B). Undo once more if that is what is meant.");
  expect([waitingFor("GET"), waitingFor(COMMANDS)]).toEqual([0, 0]);
  clock.mockReturnValue(5900);
  undo(); // the second of a double click
  await settled();
  expect([problem.value?.en.endsWith("Undo once more if that is what is meant."), waitingFor(COMMANDS)]).toEqual([true, 0]);
  clock.mockReturnValue(26_000);
  undo(); // that is long ago
  (await asks(MADE)).answer([made]);
  await settled();
  expect([problem.value === null, waitingFor(COMMANDS)]).toEqual([false, 0]);
  clock.mockReturnValue(28_000);
  undo();
  (await asks(COMMANDS)).answer(aWall({ revision: 5, past: [2] }));
  await settled();
  undo(); // what was changed before that: one's own
  (await asks("GET /api/walls/w/revisions?before=4&limit=1")).answer([{ ...made, revision: 3, made_by: "rina" }]);
  (await asks(COMMANDS)).answer(aWall({ revision: 6 }));
  await settled();
  expect([problem.value, walls.value?.[0]?.revision]).toEqual([null, 6]);
});

it("undoes nothing where somebody changes the wall, or the server is away, while it is read whose that is", async () => {
  me.value = { name: "rina", role: "supervisor", actions: ["cells.arrange", "walls.edit"] };
  const MADE = "GET /api/walls/w/revisions?before=5&limit=1";
  const mine = { revision: 4, made_by: "rina", made_ms: 1, said_id: "", said_en: "", cause: null };
  undo();
  const read = await asks(MADE);
  walls.value = [aWall({ revision: 5, past: [3, 4] })];
  read.answer([mine]);
  await settled();
  expect([problem.value, waitingFor(COMMANDS)]).toEqual([WORDS.changedSince, 0]);
  walls.value = [aWall({ past: [3] })];
  undo();
  (await asks(MADE)).lose();
  await settled();
  expect([problem.value === null, waitingFor(COMMANDS)]).toEqual([false, 0]);
});
