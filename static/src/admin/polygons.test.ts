import { describe, expect, it } from "vitest";
import { type Mask, moved, pointAt, rectangle, sameMasks, stepped, withMore, withoutPoint, withPoint } from "./polygons";

const BOX = { left: 100, top: 50, width: 640, height: 360 };
const TRIANGLE: Mask = { style: "solid", points: [[0, 0], [1000, 0], [0, 4000]] };

describe("masks", () => {
  it("are drawn in parts of the picture, and never outside it", () => {
    expect(pointAt(420, 230, BOX)).toEqual([5000, 5000]);
    expect(pointAt(0, 9999, BOX)).toEqual([0, 10_000]);
    expect(withPoint(TRIANGLE, 1, [12_000, -5]).points[1]).toEqual([10_000, 0]);
  });

  it("move as a whole, up to the edge", () => {
    expect(moved(TRIANGLE, [500, -500]).points).toEqual([[500, 0], [1500, 0], [500, 4000]]);
    expect(moved(TRIANGLE, [20_000, 0]).points[0]).toEqual([9000, 0]);
  });

  it("get another point on their longest side, and keep three", () => {
    expect(withMore(TRIANGLE).points).toEqual([[0, 0], [1000, 0], [500, 2000], [0, 4000]]);
    expect(withMore({ style: "solid", points: Array.from({ length: 32 }, () => [0, 0] as const) }).points).toHaveLength(32);
    expect(withoutPoint(withMore(TRIANGLE), 2)).toEqual(TRIANGLE);
    expect(withoutPoint(TRIANGLE, 0)).toEqual(TRIANGLE);
  });

  it("are the same where they hide the same, however they are written", () => {
    expect(sameMasks([TRIANGLE], [{ points: [...TRIANGLE.points], style: "solid" }])).toBe(true);
    expect(sameMasks([TRIANGLE], [{ ...TRIANGLE, style: "pixelated" }])).toBe(false);
    expect(sameMasks([TRIANGLE], [moved(TRIANGLE, [1, 0])])).toBe(false);
    expect(sameMasks([TRIANGLE], [])).toBe(false);
  });

  it("can be drawn with the keyboard", () => {
    expect(rectangle().points).toHaveLength(4);
    expect(stepped([4000, 4000], "ArrowLeft", false)).toEqual([3950, 4000]);
    expect(stepped([4000, 100], "ArrowUp", true)).toEqual([4000, 0]);
    expect(stepped([0, 0], "a", false)).toBeNull();
  });
});
