import { asks, eventually } from "./in_a_browser";
import { expect, it } from "vitest";
import { aWall } from "./samples";
import { away } from "./session";
import { cameras, put, putNow, refresh, walls } from "./site";

const GATE = { id: "gate", name: "Gerbang", district: null, village: null, lorong: null, state: "live" };

async function answerCameras(): Promise<void> {
  if (cameras.value === null) (await asks("GET /api/cameras")).answer([GATE], 200, { "X-States-Version": "1", "X-Catalogue": "c" });
  else (await asks("GET /api/states?after=1")).answer({ version: 1, catalogue: "c", states: {} });
}

async function answerRest(revision: number): Promise<void> {
  (await asks("GET /api/me")).answer({ name: "ani", role: "operator", actions: [] });
  (await asks("GET /api/walls")).answer([aWall({ revision })]);
  (await asks("GET /api/displays")).answer([]);
}

async function read(revision: number): Promise<void> {
  const reading = refresh();
  await answerCameras();
  await answerRest(revision);
  await reading;
}

const shown = (): number | undefined => walls.value?.[0]?.revision;

it("shows no wall before the cameras, whose names its cells have", async () => {
  const nameless: boolean[] = [];
  const stop = walls.subscribe((all) => nameless.push(all !== null && cameras.value === null));
  const reading = refresh();
  await answerRest(4);
  await answerCameras();
  await reading;
  stop();
  expect([cameras.value?.length, shown()]).toEqual([1, 4]);
  expect(nameless).not.toContain(true);
});

it("shows the cameras before the walls, and is read once both are", async () => {
  cameras.value = null;
  const reading = refresh();
  (await asks("GET /api/states?after=1")).answer({ version: 2, catalogue: "another", states: {} });
  await answerCameras();
  await eventually(() => expect(cameras.value).toHaveLength(1));
  (await asks("GET /api/me")).lose();
  await reading;
  expect(away.value).not.toBeNull();
  expect(shown()).toBe(4);
  for (const path of ["walls", "displays"]) (await asks(`GET /api/${path}`)).lose();
  await read(4);
  expect(away.value).toBeNull();
});

it("has read what it could before it reads anew", async () => {
  const order: string[] = [];
  const reading = refresh().then(() => order.push("read"));
  for (const path of ["me", "walls", "displays"]) (await asks(`GET /api/${path}`)).lose();
  const changed = await asks("GET /api/states");
  const stop = cameras.subscribe((all) => order.push(all?.[0]?.state ?? ""));
  changed.answer({ version: 1, catalogue: "c", states: { gate: { state: "stale" } } });
  await reading;
  stop();
  expect(order).toEqual(["live", "stale", "read"]);
});

it("shows what a command made, and not what was read before it", async () => {
  await read(4);
  const reading = refresh();
  await asks("GET /api/me"); // it has begun
  put(aWall({ revision: 5 }));
  await answerCameras();
  await answerRest(4);
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
