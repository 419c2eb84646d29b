import { expect, it } from "vitest";
import { againMs, heard, isNews, type Known, LOOK_MS } from "./told";

const NOTHING: Known = { tag: "", leases: null, heardMs: 0 };
const ANI = [{ by: "ani", display: "d", cells: null }];

it("keeps what was said for as long as the server answers, and no longer", () => {
  const known = heard(NOTHING, { tag: "1", leases: ANI }, 1000);
  expect(heard(known, "same", 21_000)).toEqual({ tag: "1", leases: ANI, heardMs: 21_000 });
  expect(heard(known, null, 31_000)).toBe(known);
  const gone = heard(known, null, 31_001);
  expect(gone).toEqual({ tag: "", leases: [], heardMs: 1000 });
  expect(heard(gone, { tag: "1", leases: ANI }, 40_000).leases).toEqual(ANI);
});

it("takes an answer that says what was known already for no news, whatever its tag", () => {
  const known = heard(NOTHING, { tag: "1", leases: ANI }, 0);
  expect(isNews(NOTHING, known)).toBe(true);
  expect(isNews(known, heard(known, { tag: "", leases: ANI.map((one) => ({ ...one, until_ms: 5 })) }, 1))).toBe(false);
  expect(isNews(NOTHING, heard(NOTHING, { tag: "2", leases: [] }, 1))).toBe(true);
});

it("asks at once behind news or a long wait, but never twice within a quarter of a second", () => {
  expect(againMs(true, 20)).toBe(230);
  expect(againMs(true, 20_000)).toBe(0);
  expect(againMs(false, 20_000)).toBe(0);
  expect(againMs(false, 20)).toBe(LOOK_MS);
});
