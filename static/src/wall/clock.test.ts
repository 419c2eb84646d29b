import { type Asked, asks } from "../shared/in_a_browser";
import { expect, it } from "vitest";
import { aWall } from "../shared/samples";
import { walls } from "../shared/site";
import type { SceneTime } from "../shared/timed";
import { endNow, keepTime, readClock, removeTime, times } from "./clock";
import { WORDS } from "./words";

const TIME: SceneTime = { id: "t", scene: "siang", at: "06:00", days: "12345", made_by: "ani", made_ms: null, next_ms: 1, problem: null, problem_reason: null };

/** The oldest reading that waits. */
async function answer(schedule: readonly SceneTime[]): Promise<void> {
  (await asks("GET /api/walls/w/schedule")).answer(schedule);
  (await asks("GET /api/walls/w/overrides")).answer([]);
  (await asks("GET /api/walls/w/revisions")).answer([]);
}

it("does not bring a time back that was removed while the schedule was being read", async () => {
  const first = readClock();
  await answer([TIME]);
  await first;
  expect(times.value).toEqual([TIME]);
  const given: unknown[] = [];
  const reading = readClock();
  const removed = removeTime("t");
  (await asks("DELETE /api/walls/w/schedule/t")).answer({});
  await removed;
  times.value = [];
  const stop = times.subscribe((all) => given.push(all));
  await answer([TIME]); // of before
  await reading;
  await answer([]);
  stop();
  expect(given).not.toContainEqual([TIME]);
});

it("says of a time that was to take another's place whether the other one is there still, as far as anybody knows", async () => {
  const keep = async (): Promise<[ReturnType<typeof keepTime>, Asked]> => {
    const kept = keepTime("siang", "06:00", "1", "t");
    (await asks("POST /api/walls/w/schedule")).answer(TIME, 201);
    return [kept, await asks("DELETE /api/walls/w/schedule/t")];
  };
  const [lost, first] = await keep();
  first.lose();
  expect(await lost).toBe(WORDS.bothMayStay);
  await answer([TIME, { ...TIME, id: "u" }]);

  const [refused, second] = await keep();
  second.answer({ error: "The database cannot be reached. Try again soon." }, 503);
  expect(await refused).toBe(WORDS.bothStay);
  await answer([TIME, { ...TIME, id: "u" }]);

  const [signedOut, third] = await keep();
  third.answer({ error: "Sign in." }, 401);
  await expect(signedOut).rejects.toThrow("Sign in.");
  await answer([TIME, { ...TIME, id: "u" }]);
});

it("says of an override that was ended whether anything returned", async () => {
  const override = { id: "o", revision: 5, until_ms: 2, made_by: "ani", made_ms: 1, problem: null, problem_reason: null };
  const ended = async (cause: string | null, revision: number) => {
    const end = endNow(override);
    (await asks("DELETE /api/walls/w/overrides/o")).answer(null);
    (await asks("GET /api/walls/w/revisions")).answer([
      { revision, made_by: "ani", made_ms: 3, said_id: "", said_en: "", cause },
      { revision: 2, made_by: "ani", made_ms: 2, said_id: "", said_en: "", cause: "returned" }, // of another one
    ]);
    const said = await end;
    await answer([]);
    return said;
  };
  walls.value = [aWall({ revision: 6 })];
  expect(await ended("returned", 7)).toBeNull();
  expect(await ended(null, 7)).toBe(WORDS.nothingReturned);
});
