import { asks, eventually } from "../shared/in_a_browser";
import { beforeEach, expect, it } from "vitest";
import { away, me } from "../shared/session";
import { chosenSince, findShift, shift, since, sinceMs } from "./coverage_since";

const HOUR = 3_600_000;
const NOW = Date.now();
const NOTE = { id: "n", text: "Aman", made_by: "ani", made_ms: 1, confirmed_by: "budi", confirmed_ms: NOW - 2 * HOUR };

beforeEach(() => {
  me.value = { name: "budi", role: "operator", actions: ["handovers"] };
  chosenSince.value = null;
  shift.value = null;
});

it("counts since the hand-over, as far as it is known, while nobody has chosen anything else", async () => {
  expect(sinceMs(NOW)).toBe(NOW - 8 * HOUR);
  const found = findShift();
  (await asks("GET /api/handovers")).answer([NOTE]);
  await found;
  expect([since.value, sinceMs(NOW)]).toEqual(["shift", NOW - 2 * HOUR]);
});

it("leaves what somebody has chosen while the hand-over was being looked for", async () => {
  const found = findShift();
  const asked = await asks("GET /api/handovers");
  chosenSince.value = 4;
  asked.answer([NOTE]);
  await found;
  expect([since.value, sinceMs(NOW), shift.value]).toEqual([4, NOW - 4 * HOUR, NOTE.confirmed_ms]);
});

it("does not take a hand-over that cannot be read for one that nobody has written", async () => {
  void findShift();
  (await asks("GET /api/handovers")).answer({ error: "The database cannot be reached. Try again soon." }, 503);
  await eventually(() => expect(away.value).not.toBeNull());
});
