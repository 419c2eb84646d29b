import { describe, expect, it } from "vitest";
import type { Wall } from "./walls";
import { aDisplay, aWall } from "./samples";
import { cellsOnWall, displayAt, hang } from "./hang";

// Two displays side by side and, in a second row, a smaller one under the right one.
const WALL: Wall = aWall({
  columns: 2,
  rows: 2,
  bezel_x: 20,
  bezel_y: 10,
  displays: [aDisplay("a"), aDisplay("b", { column: 1 }), aDisplay("c", { column: 1, row: 1, width: 1280, height: 720 })],
});

describe("the wall's true geometry", () => {
  it("has the bezels between the displays, and a display fills its place", () => {
    const { width, height, displays, free } = hang(WALL);
    expect([width, height]).toEqual([3860, 1810]);
    expect(free).toEqual([{ place: { column: 0, row: 1 }, rect: { x: 0, y: 1090, w: 1920, h: 720 } }]);
    expect(displays.map(({ rect }) => rect)).toEqual([
      { x: 0, y: 0, w: 1920, h: 1080 },
      { x: 1940, y: 0, w: 1920, h: 1080 },
      { x: 1940, y: 1090, w: 1920, h: 720 },
    ]);
  });

  it("has places of the usual size where nothing hangs yet", () => {
    const { width, height, free } = hang({ ...WALL, rows: 1, displays: [] });
    expect([width, height, free.length]).toEqual([3860, 1080, 2]);
  });

  it("leads from a point to a display and its grid, and to none behind a bezel", () => {
    const hung = hang(WALL);
    const found = displayAt(hung, 2420, 270);
    expect([found?.hung.display.id, found?.gx, found?.gy]).toEqual(["b", 180, 180]);
    expect(displayAt(hung, 1930, 100)).toBeNull();
    expect(displayAt(hung, 100, 1500)).toBeNull();
  });

  it("places cells", () => {
    const [first, , , last] = cellsOnWall(hang(WALL)).filter(({ display }) => display.id === "b");
    expect(first?.rect).toEqual({ x: 1940, y: 0, w: 960, h: 540 });
    expect(last?.rect).toEqual({ x: 2900, y: 540, w: 960, h: 540 });
  });
});
