import { asks, waitingFor } from "../shared/in_a_browser";
import { beforeEach, expect, it } from "vitest";
import { language, say } from "../shared/session";
import { EMPTY, aCamera, aCell, aDisplay, aWall, showing } from "../shared/samples";
import { SAVING_WORDS } from "../shared/saving";
import { cameras, walls } from "../shared/site";
import { choose, conflict, done, enlarge, enlarged, isLarge, ordersOf, problem, show, undo } from "./desk";

const [FIRST, SECOND] = [
  { wall: "w", display: "a", cell: "c2" },
  { wall: "w", display: "a", cell: "c3" },
];
const OTHER = { ...FIRST, wall: "v" };
const MINE = "POST /api/walls/w/commands";

beforeEach(() => {
  walls.value = [aWall(), aWall({ id: "v" })];
  problem.value = null;
  conflict.value = null;
  done.value = null;
});

it("does nothing that was asked for before somebody knew that the change before it was refused, and says so", async () => {
  const all = [show("a", FIRST), show("b", SECOND), undo()];
  // Somebody else's change: taking the last one back would take this one back.
  const theirs = aWall({ revision: 5, displays: [aDisplay("a", {}, [aCell("c1", 0, 0, 720, 720, showing("z"))])] });
  (await asks(MINE)).answer({ error: "Somebody changed this wall meanwhile.", reason: "stale", snapshot: theirs }, 409);
  expect(await Promise.all(all)).toEqual([false, false, false]);
  expect(waitingFor("POST")).toBe(0);
  expect([conflict.value?.words.id, ordersOf("w").hasDropped.value]).toEqual(["Layar a, sel 2: a", true]);
  expect(walls.value?.[0]).toEqual(theirs);
});

it("leaves what was refused to be seen until somebody does the next thing to that wall", async () => {
  const refused = show("a", FIRST);
  const behind = show("b", SECOND);
  (await asks(MINE)).answer({ error: "No.", reason: "locked" }, 422);
  await Promise.all([refused, behind]);
  expect(problem.value?.words.id).toBe("Layar a, sel 2: a. Tidak tersimpan: Itu dikunci.");

  const elsewhere = show("a", OTHER);
  (await asks("POST /api/walls/v/commands")).answer(aWall({ id: "v", revision: 5 }));
  await elsewhere;
  expect(problem.value?.wall).toBe("w");

  const again = show("a", FIRST);
  expect(problem.value).toBeNull();
  (await asks(MINE)).answer(aWall({ revision: 5 }));
  expect(await again).toBe(true);
});

it("does not say of a change that it was not saved where nobody knows, and says it in the language that is read", async () => {
  const lost = show(null, { ...FIRST, cell: "c1" });
  (await asks(MINE)).lose();
  expect(await lost).toBe(false);
  expect(problem.value?.words.id).toBe(`Layar a, sel 1: kosong. ${SAVING_WORDS.unknown.id}`);
  language.value = "en";
  expect(problem.value && say(problem.value.words)).toBe(`Layar a, cell 1: empty. ${SAVING_WORDS.unknown.en}`);
  language.value = "id";
});

it("takes a change back that is still on its way, on the wall as that has left it", async () => {
  const first = show("a", FIRST);
  const back = undo();
  const saved = await asks(MINE);
  expect(waitingFor("POST")).toBe(1);
  saved.answer(aWall({ revision: 5 }));
  const undone = await asks(MINE);
  expect(undone.body).toEqual({ base_revision: 5, command: { type: "undo" } });
  undone.answer(aWall({ revision: 6, displays: [aDisplay("a", {}, [aCell("c1", 0, 0, 720, 720, { content: EMPTY })])] }));
  expect(await Promise.all([first, back])).toEqual([true, true]);
});

it("drops of a wall what was behind a refusal, and nothing of another wall", async () => {
  const all = [show("a", FIRST), show("b", SECOND), show("a", OTHER), undo()];
  (await asks(MINE)).answer({ error: "No.", reason: "locked" }, 422);
  (await asks("POST /api/walls/v/commands")).answer(aWall({ id: "v", revision: 5 }));
  const undone = await asks("POST /api/walls/v/commands");
  expect(undone.body).toEqual({ base_revision: 5, command: { type: "undo" } });
  undone.answer(aWall({ id: "v", revision: 6 }));
  expect(await Promise.all(all)).toEqual([false, false, true, true]);
  expect(problem.value?.wall).toBe("w");
  expect(["w", "v"].map((wall) => ordersOf(wall).hasDropped.value)).toEqual([true, false]);
});

it("covers the page with an enlarged camera for as long as there is that camera, and with no other one", () => {
  cameras.value = [aCamera("a"), aCamera("b")];
  enlarge("a");
  expect(isLarge.value).toBe(true);
  cameras.value = [aCamera("b")];
  expect(isLarge.value).toBe(false);
  choose("b");
  expect([isLarge.value, enlarged.value]).toEqual([false, false]);
  enlarge("b");
  choose("b");
  expect(isLarge.value).toBe(true);
});

it("offers nobody to take another's change back where one's own could not be taken back any more", async () => {
  done.value = { wall: "w", revision: 4, words: { id: "", en: "" } };
  const back = undo();
  const theirs = aWall({ revision: 5, displays: [aDisplay("a", {}, [aCell("c1", 0, 0, 720, 720, showing("z"))])] });
  (await asks(MINE)).answer({ error: "Somebody changed this wall meanwhile.", reason: "stale", snapshot: theirs }, 409);
  expect(await back).toBe(false);
  expect([conflict.value, walls.value?.[0]]).toEqual([null, theirs]);
  expect(problem.value?.words.id).toMatch(/^Tidak tersimpan: Dinding sudah diubah lagi sejak itu, jadi tidak diurungkan\./);
});
