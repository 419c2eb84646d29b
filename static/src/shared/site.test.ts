import { asks } from "./in_a_browser";
import { expect, it } from "vitest";
import { aWall } from "./samples";
import { put, putNow, refresh, walls } from "./site";

async function answer(revision: number): Promise<void> {
  (await asks("GET /api/me")).answer({ name: "ani", role: "operator", actions: [] });
  (await asks("GET /api/states")).answer({ version: 1, catalogue: "c", states: {} });
  (await asks("GET /api/walls")).answer([aWall({ revision })]);
  (await asks("GET /api/displays")).answer([]);
}

async function read(revision: number): Promise<void> {
  const reading = refresh();
  if (walls.value === null) void asks("GET /api/cameras").then((cameras) => cameras.answer([]));
  await answer(revision);
  await reading;
}

const shown = (): number | undefined => walls.value?.[0]?.revision;

it("shows what a command made, and not what was read before it", async () => {
  await read(4);
  const reading = refresh();
  await asks("GET /api/me"); // it has begun
  put(aWall({ revision: 5 }));
  await answer(4);
  await reading;
  expect(shown()).toBe(5);
});

it("shows an older wall where that is what is so: after a database was restored, a page would never change it again", async () => {
  await read(9);
  await read(3);
  expect(shown()).toBe(3);
  put(aWall({ revision: 2 })); // the answer to a command that was overtaken
  expect(shown()).toBe(3);
  putNow(aWall({ revision: 2 })); // what a command met there
  expect(shown()).toBe(2);
});
