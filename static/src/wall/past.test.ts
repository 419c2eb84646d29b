import { asks, eventually } from "../shared/in_a_browser";
import { afterEach, beforeEach, expect, it } from "vitest";
import { aWall } from "../shared/samples";
import { PAGE_WORDS } from "../shared/page_words";
import { again, at, changes, difference, follow, goTo, isBehind, isUncompared, past, problem, step } from "./past";
import { WORDS } from "./words";

const HOUR = 3_600_000;
const NOON = Date.now() - 48 * HOUR;
const MADE = NOON - 24 * HOUR;

let stop: () => void = () => undefined;

beforeEach(() => {
  goTo(NOON);
  changes.value = [3, 2, 1].map((revision) => ({ revision, made_by: "ani", made_ms: MADE, said_id: "", said_en: "", cause: null }));
  stop = follow(3);
});

afterEach(() => stop());

const wallAt = (at_ms: number, revision: number): object => ({ ...aWall({ revision }), at_ms, made_by: "ani", made_ms: MADE });
const change = { display: "a", cell: "c1", kinds: ["content"], before: null, after: null };

async function showNoon(): Promise<void> {
  (await asks(`GET /api/walls/w/history?at=${NOON}`)).answer(wallAt(NOON, 3));
  await eventually(() => expect(past.value?.at_ms).toBe(NOON));
  (await asks("GET /api/walls/w/diff?from=2&to=3")).answer({ cells: [change] });
  await eventually(() => expect(difference.value).toEqual([change]));
}

it("never shows the wall of one instant under another, and reads it once more for whoever asks", async () => {
  await showNoon();
  goTo(NOON + 1000);
  expect(isBehind.value).toBe(true);
  (await asks(`GET /api/walls/w/history?at=${NOON + 1000}`)).lose();
  await eventually(() => expect(problem.value).toBe(PAGE_WORDS.serverAway));
  expect(past.value).toBeNull();

  stop();
  stop = follow(3); // as the page does where somebody tries again
  (await asks(`GET /api/walls/w/history?at=${NOON + 1000}`)).answer(wallAt(NOON + 1000, 2));
  await eventually(() => expect(past.value?.at_ms).toBe(at.value));
  expect([problem.value, isBehind.value]).toEqual([null, false]);
  // The pair is another one now, and what differed of the one before it is not said of it.
  expect(difference.value).toBeNull();
  (await asks("GET /api/walls/w/diff?from=1&to=2")).answer({ error: "later" }, 503);
  await eventually(() => expect(isUncompared.value).toBe(true));
});

it("says in words of its own that a wall was not there yet, or that the time is yet to come", async () => {
  (await asks("GET /api/walls/w/history")).answer({ error: "This wall was not there yet at that time." }, 404);
  await eventually(() => expect(problem.value).toBe(WORDS.notThereYet));
  goTo(NOON + 1000);
  (await asks("GET /api/walls/w/history")).answer({ error: "That time is yet to come." }, 422);
  await eventually(() => expect(problem.value).toBe(WORDS.yetToCome));
});

it("says only of the instant's own answer that the wall was not there yet, not where its changes cannot be read", async () => {
  stop();
  stop = follow(4);
  (await asks("GET /api/walls/w/history")).answer(wallAt(NOON, 3));
  (await asks("GET /api/walls/w/revisions?limit")).answer({ error: "There is nothing at this address." }, 404);
  await eventually(() => expect(problem.value).toBe(WORDS.unread));
});

it("makes a step once more that could not be made, and says no longer that it was not", async () => {
  changes.value = changes.value.slice(0, 1);
  goTo(MADE);
  (await asks(`GET /api/walls/w/history?at=${MADE}`)).answer(wallAt(MADE, 3));
  await eventually(() => expect([past.value?.at_ms, problem.value]).toEqual([MADE, null]));
  const before = "GET /api/walls/w/revisions?before=3";
  const failed = step(-1);
  (await asks(before)).answer({ error: "There is nothing at this address." }, 404);
  await failed;
  expect(problem.value).toBe(WORDS.unread);

  again();
  expect(problem.value).toBeNull();
  (await asks(before)).answer([{ revision: 2, made_by: "ani", made_ms: MADE - HOUR, said_id: "", said_en: "", cause: null }]);
  await eventually(() => expect(at.value).toBe(MADE - HOUR));
});
