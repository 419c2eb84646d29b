import { asks, waitingFor } from "./in_a_browser";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Said } from "./language";
import { watchOthers } from "./others";
import { aCamera, aCell, aDisplay, aWall, showing } from "./samples";
import { me } from "./session";
import { cameras, put, walls } from "./site";
import type { Cause } from "./timed";
import type { Wall } from "./walls";

const REVISIONS = "GET /api/walls/w/revisions";
const told: Said[] = [];
let busy = false;
let stop: () => void;

function showingIt(revision: number, camera: string, other = "x"): Wall {
  const cells = [aCell("c1", 0, 0, 360, 720, showing(camera)), aCell("c2", 360, 0, 360, 720, showing(other))];
  return aWall({ revision, displays: [aDisplay("a", {}, cells)] });
}

function by(revision: number, made_by: string, cause: Cause = null) {
  return { revision, made_by, made_ms: 1, said_id: "", said_en: "", cause };
}

beforeEach(() => {
  told.length = 0;
  busy = false;
  cameras.value = ["a", "b", "x"].map((id) => aCamera(id));
  me.value = { name: "ani", role: "operator", actions: [] };
  walls.value = [showingIt(4, "a")];
  stop = watchOthers(() => [{ wall: "w", display: "a", cell: "c1" }], () => busy, (_, words) => told.push(words));
});
afterEach(() => stop());

/** Once what was answered has been told. */
const settle = (): Promise<void> => new Promise((done) => setTimeout(done, 5));

it("says who changed the selected cell, and how", async () => {
  walls.value = [showingIt(5, "b")];
  const asked = await asks(REVISIONS);
  expect(asked.what).toBe(`${REVISIONS}?before=6&limit=1`);
  asked.answer([by(5, "rina")]);
  await settle();
  expect(told).toEqual([{ id: "rina mengubah Layar a, sel 1: A → B", en: "rina changed Layar a, cell 1: A → B" }]);
});

it("says nothing of other cells, and nothing of what was done here", async () => {
  walls.value = [showingIt(29, "a", "b")];
  put(showingIt(30, "b", "b"));
  await settle();
  expect(waitingFor(REVISIONS)).toBe(0);
  // Seen before the answer that it is done.
  busy = true;
  walls.value = [showingIt(31, "a", "b")];
  (await asks(REVISIONS)).answer([by(31, "ani")]);
  await settle();
  expect(told).toEqual([]);
});

it("tells of the same person's other page, of the schedule, and of several each once", async () => {
  walls.value = [showingIt(8, "b")];
  (await asks(REVISIONS)).answer([by(8, "ani"), by(7, "rina", "schedule"), by(6, "rani"), by(5, "ani")]);
  await settle();
  expect(told.map(({ en }) => en)).toEqual(["ani, The schedule, rani changed Layar a, cell 1: A → B"]);
});

it("says somebody where nobody knows who, and of what was overtaken nothing", async () => {
  walls.value = [showingIt(5, "b")];
  const first = await asks(REVISIONS);
  walls.value = [showingIt(6, "a")];
  first.answer([by(5, "rina")]);
  (await asks(REVISIONS)).lose();
  await settle();
  expect(told.map(({ id }) => id)).toEqual(["Orang lain mengubah Layar a, sel 1: B → A"]);
});
