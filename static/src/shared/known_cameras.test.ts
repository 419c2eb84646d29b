import { type Asked, asks } from "./in_a_browser";
import { expect, it } from "vitest";
import { type Known, readKnown } from "./known_cameras";
import type { CameraState } from "./states";

type Camera = CameraState & { readonly id: string };

const LIVE: CameraState = { state: "live", since_ms: 1, cause_id: null, cause_en: null, last_picture_ms: null, visited: false, seen_ms: null };
const GATE: Camera = { id: "gate", ...LIVE, state: "connecting" };
const read = (before: Known<Camera> | null): Promise<Known<Camera>> => readKnown(before, (all) => all);
const names = ({ cameras }: Known<Camera>): string[] => cameras.map(({ id, state }) => `${id} ${state}`);

function list(asked: Asked, cameras: readonly Camera[], version: number, catalogue: string): void {
  asked.answer(cameras, 200, { "X-States-Version": `${version}`, "X-Catalogue": catalogue });
}

it("reads all cameras at first, and then what changed of their states since", async () => {
  const reading = read(null);
  list(await asks("GET /api/cameras"), [GATE], 1, "c");
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

it("reads them anew where somebody changed the catalogue, and goes on from what they came with", async () => {
  const before = { version: 1, catalogue: "old", cameras: [] };
  const reading = read(before);
  (await asks("GET /api/states?after=1")).answer({ version: 2, catalogue: "new", states: {} });
  list(await asks("GET /api/cameras"), [], 3, "newer"); // as somebody has changed it once more
  const second = await reading;
  const third = read(second);
  (await asks("GET /api/states?after=3")).answer({ version: 3, catalogue: "newer", states: {} });
  expect((await third).cameras).toBe(second.cameras);
});
