import { asks, eventually } from "../shared/in_a_browser";
import { afterEach, expect, it, vi } from "vitest";
import { leave, look } from "./stills";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const still = (ageMs: number): Response =>
  new Response("a JPEG", { headers: { ETag: '"1"', "Last-Modified": "Sat, 28 Nov 2026 06:00:00 GMT", "X-Picture-Age-Ms": `${ageMs}` } });

it("has a picture as old as the server says, also where this machine's clock is wrong, and the picture the same", async () => {
  vi.setSystemTime(1_000_000);
  const seen = look("gate", true);
  (await asks("GET /api/cameras/gate/still")).settle(still(4000));
  await eventually(() => expect(seen.value.takenMs).toBe(996_000));
  vi.setSystemTime(9_000_000);
  const later = performance.now() + 21_000;
  vi.spyOn(performance, "now").mockReturnValue(later);
  (await asks("GET /api/cameras/gate/still")).settle(still(24_000));
  await eventually(() => expect(seen.value.takenMs).toBe(8_976_000));
  leave("gate");
});
