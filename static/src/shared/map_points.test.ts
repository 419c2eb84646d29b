import { expect, it } from "vitest";
import { boundsOf, districtsOf, kept, type Placed, pointsOf } from "./map_points";

function camera(id: string, district: string, latitude: number | null, longitude: number | null, tone: Placed["tone"] = "good"): Placed {
  return { id, name: id.toUpperCase(), tone, district, latitude, longitude };
}

const CITY = [camera("a", "Wajo", -5.2, 119.4), camera("b", "Wajo", -5.0, 119.5, "bad"), camera("c", "Tallo", null, null, "calm")];

it("has a point for each camera whose place is known, in the tone of its state", () => {
  const points = pointsOf(CITY);
  expect(points.features.map(({ properties }) => properties)).toEqual([
    { id: "a", name: "A", tone: "good", bad: 0, worst: 0 },
    { id: "b", name: "B", tone: "bad", bad: 1, worst: 2 },
  ]);
  expect(boundsOf(points)).toEqual([119.4, -5.2, 119.5, -5.0]);
  expect(boundsOf(pointsOf(CITY.slice(2)))).toBeNull();
});

it("says how bad it is, so that of many the worst is known", () => {
  const tones = (["calm", "warn", "bad"] as const).map((tone) => camera("a", "Wajo", 0, 0, tone));
  expect(pointsOf(tones).features.map(({ properties: { bad, worst } }) => [bad, worst])).toEqual([
    [0, 0],
    [1, 1],
    [1, 2],
  ]);
});

it("draws nothing anew where nothing that is drawn is another", () => {
  const again = CITY.map((one) => ({ ...one }));
  expect(kept(CITY, again)).toBe(CITY);
  const [first, ...others] = again;
  if (!first) throw new Error("no camera");
  const changes: Partial<Placed>[] = [{ id: "x" }, { tone: "warn" }, { district: "Tallo" }, { latitude: 0 }, { longitude: null }];
  for (const change of changes) {
    const changed = [{ ...first, ...change }, ...others];
    expect(kept(CITY, changed)).toBe(changed);
  }
  expect(kept(CITY, others)).toBe(others);
  expect(kept([], CITY)).toBe(CITY);
});

it("names each district in the middle of its cameras", () => {
  const [only, none] = districtsOf(CITY).features;
  expect([only?.properties.name, none]).toEqual(["Wajo", undefined]);
  expect(only?.geometry.coordinates[0]).toBeCloseTo(119.45);
  expect(only?.geometry.coordinates[1]).toBeCloseTo(-5.1);
});
