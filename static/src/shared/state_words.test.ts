import { expect, it } from "vitest";
import { stateSince, stateWords } from "./state_words";
import { signedState } from "./states";
import { oldMs } from "./still_age";

const AT = Date.UTC(2026, 10, 29, 6, 3); // 14.03 in Makassar
const LIVE = { state: "live" as const, since_ms: AT, cause_id: null, cause_en: null, last_picture_ms: null, visited: false, seen_ms: null };

it("does not call live what was well at a visit", () => {
  const visited = { ...LIVE, visited: true, seen_ms: AT };
  expect([stateWords(LIVE, AT, "id"), stateSince(LIVE, AT, "id")]).toEqual(["Langsung", "Langsung sejak 14.03 WITA"]);
  expect([stateWords(visited, AT, "id"), stateSince(visited, AT, "id")]).toEqual(["Baik pada kunjungan 14.03", "Baik pada kunjungan 14.03 WITA"]);
  expect(stateWords(visited, AT, "en")).toBe("Well at the visit of 14:03");
  expect(stateWords({ ...visited, state: "black" }, AT, "en")).toBe("Black");
});

it("says of when a state is where nobody has said it since", () => {
  expect([stateWords(LIVE, AT, "id", AT), stateSince(LIVE, AT, "id", AT)]).toEqual(["Langsung per 14.03", "Langsung per 14.03"]);
  expect(stateWords({ ...LIVE, state: "black" }, AT, "en", AT)).toBe("Black as of 14:03");
  expect(signedState("live", false)).toBe("stale");
  expect([signedState("live", true), signedState("refused", false)]).toEqual(["live", "refused"]);
});

it("has the age of a still that is not of now", () => {
  expect([oldMs(1000, 11_000), oldMs(1000, 11_001), oldMs(null, 1)]).toEqual([null, 10_001, null]);
});
