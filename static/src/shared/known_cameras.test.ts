import { asks } from "./in_a_browser";
import { expect, it } from "vitest";
import { type Known, readKnown } from "./known_cameras";
import type { CameraState } from "./states";

type Camera = CameraState & { readonly id: string };

const LIVE: CameraState = { state: "live", since_ms: 1, cause_id: null, cause_en: null, last_picture_ms: null, visited: false, seen_ms: null };
const GATE: Camera = { id: "gate", ...LIVE, state: "connecting" };
const read = (before: Known<Camera> | null): Promise<Known<Camera>> => readKnown(before, (all) => all);
const names = ({ cameras }: Known<Camera>): string[] => cameras.map(({ id, state }) => `${id} ${state}`);

it("reads all cameras at first, and then what changed of their states", async () => {
  const reading = read(null);
  (await asks("GET /api/states?after=newest")).answer({ version: 1, catalogue: "c", states: {} });
  (await asks("GET /api/cameras")).answer([GATE]);
  const first = await reading;
  expect(names(first)).toEqual(["gate connecting"]);
  const again = read(first);
  (await asks("GET /api/states?after=1")).answer({ version: 2, catalogue: "c", states: { gate: LIVE } });
  const second = await again;
  expect(names(second)).toEqual(["gate live"]);
  const third = read(second);
  (await asks("GET /api/states?after=2")).answer({ version: 2, catalogue: "c", states: {} });
  expect((await third).cameras).toBe(second.cameras);
});

it("reads them anew where somebody changed the catalogue, and again where that was while they were being read", async () => {
  const before = { version: 1, catalogue: "old", cameras: [] };
  const reading = read(before);
  (await asks("GET /api/states?after=1")).answer({ version: 2, catalogue: "new", states: {} });
  (await asks("GET /api/cameras")).answer([]); // as somebody changes it once more
  const second = await reading;
  const third = read(second);
  (await asks("GET /api/states?after=2")).answer({ version: 2, catalogue: "newer", states: {} });
  (await asks("GET /api/cameras")).answer([GATE]);
  expect(names(await third)).toEqual(["gate connecting"]);
});
