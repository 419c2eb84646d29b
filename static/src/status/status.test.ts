import { describe, expect, it } from "vitest";
import { STATES } from "../shared/states";
import { durationText } from "../shared/durations";
import { freshness, monthsBack } from "./ages";
import { type Camera, choices, countStates, isShown, isWithin, NO_FILTER, WORST_FIRST, worstFirst } from "./filters";
import { dataOf, type Point } from "./series";
import { spanOf } from "../shared/virtual";

function camera(id: string, more: Partial<Camera> = {}): Camera {
  return {
    id,
    name: `Jl. ${id}`,
    district: "Mariso",
    lorong: "",
    provider: "",
    contractor: "",
    state: "live",
    since_ms: 1000,
    cause_id: "",
    cause_en: "",
    last_picture_ms: null,
    visited: false,
    seen_ms: null,
    ...more,
  };
}

describe("which cameras are seen", () => {
  it("puts the worst first, and of one state what has lasted longest", () => {
    const cameras = [
      camera("well"),
      camera("new", { state: "unreachable", since_ms: 9000 }),
      camera("long", { state: "unreachable", since_ms: 2000 }),
      camera("off", { state: "off" }),
      camera("refused", { state: "refused", since_ms: 9999 }),
    ];
    expect(cameras.sort(worstFirst).map(({ id }) => id)).toEqual(["refused", "long", "new", "well", "off"]);
    expect([...WORST_FIRST].sort()).toEqual([...STATES].sort());
  });

  it("filters by every group, an empty one being those of which it is not recorded", () => {
    const telkom = camera("a", { provider: "Telkom", lorong: "Lorong 3", cause_id: "Sebab lain." });
    const filter = (more: object) => ({ ...NO_FILTER, ...more });
    expect(isShown(telkom, NO_FILTER)).toBe(true);
    expect(isShown(telkom, filter({ provider: "" }))).toBe(false);
    expect(isShown(camera("b"), filter({ provider: "" }))).toBe(true);
    expect(isShown(telkom, filter({ text: "lorong  SEBAB" }))).toBe(true);
    expect(isShown(telkom, filter({ text: "lorong 4" }))).toBe(false);
    expect(isShown(telkom, filter({ states: new Set(["stale"]) }))).toBe(false);
    expect(isWithin(telkom, filter({ states: new Set(["stale"]) }))).toBe(true);
    expect(choices([telkom, camera("b")], "provider")).toEqual(["", "Telkom"]);
  });

  it("counts states worst first, live ones also where there are none", () => {
    expect(countStates([camera("a", { state: "off" }), camera("b", { state: "black" })])).toEqual([
      { state: "black", count: 1 },
      { state: "live", count: 0 },
      { state: "off", count: 1 },
    ]);
  });
});

describe("rows that can be seen", () => {
  it("are some around the window, and never more than there are", () => {
    expect(spanOf(0, 100, 10, 7490)).toEqual({ first: 0, end: 14 });
    expect(spanOf(5000, 100, 10, 7490)).toEqual({ first: 496, end: 514 });
    expect(spanOf(74_800, 100, 10, 7490)).toEqual({ first: 7476, end: 7490 });
    expect(spanOf(5000, 100, 10, 3)).toEqual({ first: 2, end: 3 });
    expect(spanOf(0, 100, 10, 0)).toEqual({ first: 0, end: 0 });
  });
});

describe("ages", () => {
  it("are said in two units at most", () => {
    expect(durationText(-5, "id")).toBe("0 dtk");
    expect(durationText(59_999, "id")).toBe("59 dtk");
    expect(durationText(61 * 60_000, "id")).toBe("1 jam 1 mnt");
    expect(durationText(48 * 3_600_000, "en")).toBe("2 d");
  });

  it("make a still old that is, and one of a camera that is dead", () => {
    expect(freshness(null, 0, "live")).toBe("none");
    expect(freshness(0, 599_000, "live")).toBe("fresh");
    expect(freshness(0, 601_000, "live")).toBe("old");
    expect(freshness(0, 1000, "unreachable")).toBe("old");
    expect(freshness(0, 1000, "frozen")).toBe("fresh");
  });
});

it("a month begins by the site's clock", () => {
  expect(monthsBack(Date.UTC(2026, 11, 31, 17)).slice(0, 3)).toEqual(["2027-01", "2026-12", "2026-11"]);
  expect(monthsBack(Date.UTC(2026, 11, 31, 15))[0]).toBe("2026-12");
});

it("a chart has a hole where nobody looked", () => {
  const point = (at_ms: number, sessions: number | null): Point => ({
    at_ms,
    live: 1,
    faulty: 0,
    dead: 0,
    sessions,
    cpu: null,
    memory_mb: null,
    sent_mbps: null,
    loss: null,
    rtt_ms: null,
    dropped_per_s: null,
  });
  const points = [point(15_000, 3), point(30_000, null), point(200_000, 4)];
  expect(dataOf(points, [{ of: ({ sessions }) => sessions }, { of: ({ live }) => live }])).toEqual([
    [15, 30, 30.001, 200],
    [3, null, null, 4],
    [1, 1, null, 1],
  ]);
});
