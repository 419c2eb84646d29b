import { asks, eventually, waitingFor } from "./in_a_browser";
import { afterEach, expect, it, vi } from "vitest";
import { NONE, ofCamera, stills } from "./stills";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const still = (tag: string, ageMs: number): Response => new Response("a JPEG", { headers: { ETag: tag, "X-Picture-Age-Ms": `${ageMs}` } });

it("has a picture as old as the server said last, wherever this machine's clock has gone meanwhile", async () => {
  vi.setSystemTime(1_000_000);
  const seen = stills.look("gate");
  (await asks("GET /api/cameras/gate/still")).settle(still('"1"', 4000));
  await eventually(() => expect(seen.value.takenMs).toBe(996_000));
  const { url } = seen.value;

  vi.setSystemTime(9_000_000);
  const later = performance.now() + 2500;
  vi.spyOn(performance, "now").mockReturnValue(later);
  (await asks("GET /api/cameras/gate/still")).settle(still('"1"', 6500));
  await eventually(() => expect(seen.value.takenMs).toBe(8_993_500));
  expect(seen.value.url).toBe(url);
  stills.leave("gate");
});

it("shows nothing any more of a camera that is no longer for whoever looks", async () => {
  const seen = stills.look("gate");
  (await asks("GET /api/cameras/gate/still")).settle(still('"1"', 0));
  await eventually(() => expect(seen.value.url).not.toBeNull());
  const later = performance.now() + 2500;
  vi.spyOn(performance, "now").mockReturnValue(later);
  (await asks("GET /api/cameras/gate/still")).answer({ error: "no" }, 403);
  await eventually(() => expect(seen.value.url).toBeNull());
  stills.leave("gate");
});

it("reads none before what a page shows first is there", async () => {
  let come = (): void => undefined;
  void stills.after(new Promise((resolve) => (come = resolve)));
  stills.look("gate");
  expect(waitingFor("GET /api/cameras/gate/still")).toBe(0);
  come();
  (await asks("GET /api/cameras/gate/still")).settle(still('"1"', 0));
  stills.leave("gate");
});

it("is never seen under another camera's name, where a cell shows that one all at once", async () => {
  const seen = stills.look("gate");
  expect(ofCamera(seen.value, "gate")).toBe(seen.value);
  (await asks("GET /api/cameras/gate/still")).settle(still('"1"', 0));
  await eventually(() => expect(ofCamera(seen.value, "gate").url).not.toBeNull());
  expect(ofCamera(seen.value, "port")).toBe(NONE);
  stills.leave("gate");
});
