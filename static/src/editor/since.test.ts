import { asks, eventually, waitingFor } from "../shared/in_a_browser";
import { beforeEach, expect, it } from "vitest";
import { aWall } from "../shared/samples";
import { walls } from "../shared/site";
import { compare, look, looked } from "./since";

const upTo = (revision: number) => `GET /api/walls/w/diff?from=2&to=${revision}`;
const removed = (cell: string) => ({ cells: [{ display: "a", cell, kinds: ["removed"], before: null, after: null }] });

beforeEach(() => {
  walls.value = [aWall({ revision: 4 })];
  looked.value = null;
});

it("says what has changed up to now, also what others have changed since it was opened, whichever answer comes first", async () => {
  void look(2);
  const first = await asks(upTo(4));
  walls.value = [aWall({ revision: 5 })];
  void compare();
  (await asks(upTo(5))).answer(removed("c2"));
  await eventually(() => expect(looked.value?.since).toEqual(removed("c2")));
  first.answer(removed("c1"));
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect([looked.value?.since, looked.value?.until]).toEqual([removed("c2"), 5]);
  await compare();
  expect(waitingFor("GET")).toBe(0);
});

it("goes on where the server came back with an older database", async () => {
  void look(2);
  (await asks(upTo(4))).answer(removed("c1"));
  await eventually(() => expect(looked.value?.until).toBe(4));
  walls.value = [aWall({ revision: 3 })];
  void compare();
  (await asks(upTo(3))).answer(removed("c2"));
  await eventually(() => expect([looked.value?.since, looked.value?.until]).toEqual([removed("c2"), 3]));
});

it("asks again where it could not be read, and not for what was closed", async () => {
  void look(2);
  (await asks(upTo(4))).lose();
  await new Promise((resolve) => setTimeout(resolve, 5));
  void compare();
  const again = await asks(upTo(4));
  await look(2);
  again.answer(removed("c1"));
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(looked.value).toBeNull();
});
