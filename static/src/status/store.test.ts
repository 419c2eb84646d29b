import { asks } from "../shared/in_a_browser";
import { expect, it } from "vitest";
import { me } from "../shared/session";
import { cameras, refresh } from "./store";

const GATE = { id: "gate", name: "Gate", district: "", village: "", lorong: "", risk: "green", provider: "", contractor: "" };
const LIVE = { state: "live", since_ms: 1, cause_id: null, cause_en: null, last_picture_ms: null };

it("reads the cameras anew where somebody changed the catalogue while it was being read", async () => {
  me.value = { name: "ani", role: "operator", actions: ["cameras.see"] };
  const first = refresh();
  (await asks("GET /api/states")).answer({ version: 1, catalogue: "old", states: {} });
  (await asks("GET /api/cameras")).answer([]);
  await first;
  const second = refresh();
  (await asks("GET /api/states?after=1")).answer({ version: 2, catalogue: "new", states: {} });
  (await asks("GET /api/cameras")).answer([]);
  (await asks("GET /api/states")).answer({ version: 3, catalogue: "newer", states: { gate: LIVE } });
  await second;
  const third = refresh();
  (await asks("GET /api/states?after=3")).answer({ version: 3, catalogue: "newer", states: {} });
  (await asks("GET /api/cameras")).answer([GATE]);
  (await asks("GET /api/states")).answer({ version: 3, catalogue: "newer", states: { gate: LIVE } });
  await third;
  expect(cameras.value?.map(({ id }) => id)).toEqual(["gate"]);
});
