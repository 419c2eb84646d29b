import { asks, eventually, waitingFor } from "./in_a_browser";
import { afterAll, expect, it } from "vitest";
import { isOn, keepScenes, whyNotRecalled } from "./kept_scenes";
import { aCell, aDisplay, aWall, showing } from "./samples";
import { me } from "./session";
import { walls } from "./site";
import type { Wall } from "./walls";

const DAY = { id: "day", name: "Siang", revision: 2, displays: ["a", "b"] };

function showingIt(a: string, b: string, more: Partial<Wall> = {}): Wall {
  const displays = [a, b].map((camera, n) => aDisplay(n ? "b" : "a", {}, [aCell("c1", 0, 0, 720, 720, showing(camera))]));
  return aWall({ displays, scenes: [DAY], ...more });
}

const stop = keepScenes();
afterAll(stop);

it("knows which scene is on once it has read it, and reads it once, again where that failed", async () => {
  walls.value = [showingIt("x", "y")];
  expect(isOn("w", DAY)).toBe(false); // not known
  (await asks("GET /api/walls/w/revisions/2")).lose();
  await new Promise((done) => setTimeout(done, 5));
  walls.value = [showingIt("x", "y")];
  (await asks("GET /api/walls/w/revisions/2")).answer(showingIt("x", "y", { revision: 2 }));
  await eventually(() => expect(isOn("w", DAY)).toBe(true));
  walls.value = [showingIt("x", "z", { revision: 5 })];
  expect([isOn("w", DAY), waitingFor("GET")]).toEqual([false, 0]);
});

it("is not theirs to recall where it would change what is not theirs, and only there", () => {
  me.value = { name: "budi", role: "operator", actions: ["cells.arrange"], scope: { displays: { b: null } } };
  expect(whyNotRecalled(showingIt("x", "z"), DAY)).toBeNull();
  expect(whyNotRecalled(showingIt("z", "y"), DAY)).toBe("notTheirs");
  expect(whyNotRecalled(showingIt("z", "y"), { ...DAY, revision: 3 })).toBeNull(); // not known
  me.value = { ...me.value, scope: null };
  expect(whyNotRecalled(showingIt("z", "y"), DAY)).toBeNull();
});
