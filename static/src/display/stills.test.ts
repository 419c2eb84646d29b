import { asks, eventually, waitingFor } from "../shared/in_a_browser";
import { afterEach, expect, it, vi } from "vitest";
import type { Plan } from "./plan";
import { ageText, Stills } from "./stills";

afterEach(() => {
  vi.useRealTimers();
});

class FakeImage {
  src = "";
  decode = (): Promise<void> => Promise.resolve();
}

it("shows a still as the server answers it, and as old as that says, whatever this machine's clock says", async () => {
  vi.stubGlobal("Image", FakeImage);
  const via = { slot: null, kind: "still", rect: null } as const;
  const cell = { id: "1", camera: "a", name: "A", fit: "contain", x: 0, y: 0, w: 1, h: 1, via } as const;
  const display = { id: "d", name: "Layar", width: 1920, height: 1080 };
  const plan: Plan = { plan: 1, revision: 1, wall: "w", display, cells: [cell], slots: [], canvases: [] };
  const stills = new Stills({} as HTMLElement, { display: "d", token: "t" }, "id", () => undefined);
  const began = performance.now();
  stills.setPlan(plan);
  const headers = { ETag: '"1795867200123-0-0"', "X-Picture-Age-Ms": "240000" };
  (await asks("GET /api/displays/d/stills/a")).settle(new Response("a JPEG", { headers }));
  const still = await eventually(() => {
    const found = stills.newestOf("a");
    if (!found) throw new Error("there is none yet");
    return found;
  });
  expect(still.number).toBe(1);
  expect(still.takenAt).toBeGreaterThanOrEqual(began - 240_000);
  expect(still.takenAt).toBeLessThanOrEqual(performance.now() - 240_000);

  let now = performance.now();
  await eventually(() => {
    stills.tick((now += 3000));
    expect(waitingFor("GET /api/displays/d/stills/a")).toBe(1);
  });
  const again = await asks("GET /api/displays/d/stills/a");
  expect(again.headers.get("If-None-Match")).toBe(headers.ETag);

  // The clock is set back by an hour, and the server says something else than before.
  vi.setSystemTime(Date.now() - 3_600_000);
  expect(stills.newestOf("a")?.takenAt).toBe(still.takenAt);
  again.settle(new Response(null, { status: 304, headers: { ...headers, "X-Picture-Age-Ms": "500000" } }));
  await eventually(() => expect(stills.newestOf("a")?.takenAt).toBeLessThan(began - 400_000));
  expect(stills.newestOf("a")?.takenAt).toBeGreaterThanOrEqual(began - 500_000);
  expect(stills.newestOf("a")?.number).toBe(1);
});

it("says how old a still is in the units of people", () => {
  expect(ageText(2400, "id")).toBe("2 dtk lalu");
  expect(ageText(-500, "en")).toBe("0 s ago");
  expect(ageText(120_000, "en")).toBe("2 min ago");
  expect(ageText(7_200_000, "id")).toBe("2 jam lalu");
});
