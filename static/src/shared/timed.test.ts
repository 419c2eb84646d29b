import { describe, expect, it } from "vitest";
import { aCell, aDisplay, aWall, showing } from "./samples";
import { bandsOf, nextOf, type Override, type SceneTime, scenesOn } from "./timed";

const SCENES = [
  { id: "day", name: "Siang", revision: 2, displays: ["a"] },
  { id: "night", name: "Malam", revision: 3, displays: ["a", "b"] },
];
const [DAY, NIGHT] = ["x", "y"].map((camera) => aDisplay("a", {}, [aCell("c1", 0, 0, 720, 720, showing(camera))]));

function aTime(at: string, scene: string, days = "1234567", next_ms = 0): SceneTime {
  return { id: at, scene, at, days, made_by: "ani", made_ms: null, next_ms, problem: null, problem_reason: null };
}

describe("which scene is on", () => {
  const kept = new Map([2, 3].map((revision) => [revision, aWall({ displays: [(revision === 2 ? DAY : NIGHT) ?? aDisplay("a"), aDisplay("b")] })]));
  const on = (...displays: ReturnType<typeof aDisplay>[]): string[] =>
    scenesOn(aWall({ displays, scenes: SCENES }), kept).map(({ id }) => id);

  it("is on while its displays show what they showed then, locked or not", () => {
    expect(on(aDisplay("a", {}, DAY?.layout.cells.map((cell) => ({ ...cell, locked: true }))), aDisplay("b"))).toEqual(["day"]);
    expect(on(aDisplay("a", {}, NIGHT?.layout.cells), aDisplay("b"))).toEqual(["night"]);
  });

  it("is none where a person has changed something, or no display of it is there", () => {
    expect(on(aDisplay("a"), aDisplay("b"))).toEqual([]);
    expect(on(aDisplay("b"))).toEqual(["night"]);
    expect(on()).toEqual([]);
  });
});

it("does next what comes first, the return of what is there for a while too", () => {
  const until: Override = { id: "o", revision: 9, until_ms: 50, made_by: "ani", made_ms: 1, problem: null, problem_reason: null };
  const times = [aTime("06:00", "day", "1", 90), aTime("18:00", "night", "1", 60)];
  expect(nextOf(times, [until], 10)).toEqual({ kind: "return", at_ms: 50, override: until });
  expect(nextOf(times, [until], 55)).toEqual({ kind: "scene", at_ms: 60, scene: "night" });
  expect(nextOf([], [], 0)).toBeNull();
});

describe("a day by the schedule", () => {
  const on = (weekday: number) => ({ weekday, now: 720, since: () => Number.NEGATIVE_INFINITY });

  it("begins with the scene of the evening before", () => {
    expect(bandsOf([aTime("18:00", "night"), aTime("06:00", "day")], on(3))).toEqual([
      { from: 0, to: 360, scene: "night" },
      { from: 360, to: 1080, scene: "day" },
      { from: 1080, to: 1440, scene: "night" },
    ]);
  });

  it("goes back over days on which nothing is due, also over the end of a week", () => {
    expect(bandsOf([aTime("06:00", "day")], on(1))).toEqual([{ from: 0, to: 1440, scene: "day" }]);
    expect(bandsOf([aTime("18:00", "night", "5")], on(1))).toEqual([{ from: 0, to: 1440, scene: "night" }]);
    expect(bandsOf([aTime("00:00", "day", "1")], on(1))).toEqual([{ from: 0, to: 1440, scene: "day" }]);
    expect(bandsOf([], on(1))).toEqual([]);
  });

  it("shows nothing as on before it was recalled: a scene that got its time at 8.23 was not on since midnight", () => {
    const [night, day] = [aTime("18:00", "night"), aTime("06:00", "day")];
    const today = (since: number) => ({ weekday: 3, now: 503, since: () => since });
    expect(bandsOf([night], today(503))).toEqual([{ from: 1080, to: 1440, scene: "night" }]);
    expect(bandsOf([day, night], today(503))).toEqual([{ from: 1080, to: 1440, scene: "night" }]);
    expect(bandsOf([day, night], today(-60))).toEqual([
      { from: 360, to: 1080, scene: "day" },
      { from: 1080, to: 1440, scene: "night" },
    ]);
  });

  it("leaves out what could not be recalled, until it can", () => {
    const day = { ...aTime("06:00", "day"), problem: "cell c1 is locked" };
    expect(bandsOf([day, aTime("18:00", "night")], on(3))).toEqual([{ from: 0, to: 1440, scene: "night" }]);
    expect(bandsOf([day, aTime("18:00", "night")], { ...on(3), now: 300 })).toHaveLength(3);
  });
});
