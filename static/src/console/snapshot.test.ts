import { asks } from "../shared/in_a_browser";
import { expect, it, vi } from "vitest";
import { newestStill } from "./snapshot";

const HOUR = 3_600_000;

it("names a still by when it was taken, also before the page has read one of that camera", async () => {
  vi.setSystemTime(100 * HOUR);
  const asked = newestStill("gate");
  const headers = { "X-Picture-Age-Ms": `${7 * HOUR}` };
  (await asks("GET /api/cameras/gate/still")).settle(new Response("a JPEG", { headers }));
  expect((await asked)?.takenMs).toBe(93 * HOUR);
  vi.useRealTimers();
});

it("has none where the server has none, does not answer, or breaks off", async () => {
  const none = newestStill("gate");
  (await asks("GET /api/cameras/gate/still")).answer({ error: "no" }, 404);
  expect(await none).toBeNull();
  const lost = newestStill("gate");
  (await asks("GET /api/cameras/gate/still")).lose();
  expect(await lost).toBeNull();
  const broken = newestStill("gate");
  (await asks("GET /api/cameras/gate/still")).breakOff("half");
  expect(await broken).toBeNull();
});
