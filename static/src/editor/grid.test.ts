import { describe, expect, it } from "vitest";
import type { Rect } from "../display/geometry";
import { cellAt, drawn, isFree, moved, nudged, type Places, roomAt, stretched, union } from "./grid";

// A large cell at the top left of a display, a small one at its right, and the rest free.
const PLACES: Places = {
  columns: 720,
  rows: 720,
  cells: [
    { id: "large", x: 0, y: 0, w: 360, h: 360 },
    { id: "right", x: 360, y: 0, w: 180, h: 180 },
  ],
};
const LARGE = rect(0, 0, 360, 360);

function rect(x: number, y: number, w: number, h: number): Rect {
  return { x, y, w, h };
}

describe("a place on the grid", () => {
  it("is free where no other cell stands and the display does not end", () => {
    expect(isFree(PLACES, rect(360, 180, 360, 540))).toBe(true);
    expect(isFree(PLACES, rect(180, 180, 360, 360))).toBe(false);
    expect(isFree(PLACES, rect(180, 180, 360, 360), "large")).toBe(true);
    expect(isFree(PLACES, rect(600, 600, 180, 60))).toBe(false);
    expect(isFree(PLACES, rect(-1, 500, 60, 60))).toBe(false);
  });

  it("is none where a cell would be smaller than a 64th of a side", () => {
    expect(isFree(PLACES, rect(600, 600, 11, 60))).toBe(false);
    expect(isFree(PLACES, rect(600, 600, 12, 12))).toBe(true);
  });

  it("belongs to the cell that covers it", () => {
    expect(cellAt(PLACES, 359, 359)).toBe("large");
    expect(cellAt(PLACES, 360, 359)).toBeNull();
  });
});

describe("a cell that is dragged", () => {
  it("stands on a line with one of its ends, within its display", () => {
    expect(moved(PLACES, LARGE, 9000, -30)).toEqual(rect(360, 0, 360, 360));
    expect(moved(PLACES, LARGE, 187, 94)).toEqual(rect(180, 90, 360, 360));
  });

  it("goes to the edge of another cell rather than to a line beside it", () => {
    const fifths = { ...PLACES, cells: [{ id: "fifth", x: 0, y: 0, w: 144, h: 144 }] };
    expect(moved(fifths, rect(400, 400, 100, 100), -252, -254)).toEqual(rect(144, 144, 100, 100));
  });

  it("is stretched at the edge or corner that is held, and never vanishes", () => {
    expect(stretched(PLACES, LARGE, "se", 175, 100)).toEqual(rect(0, 0, 540, 450));
    expect(stretched(PLACES, LARGE, "nw", 900, 31)).toEqual(rect(330, 30, 30, 330));
    expect(stretched(PLACES, rect(360, 0, 180, 180), "w", -5000, 90)).toEqual(rect(0, 0, 540, 180));
  });

  it("grows and shrinks by a line at each key", () => {
    expect(nudged(PLACES, LARGE, "right")).toEqual(rect(0, 0, 390, 360));
    expect(nudged(PLACES, LARGE, "up")).toEqual(rect(0, 0, 360, 330));
    expect(nudged(PLACES, rect(0, 690, 30, 30), "down")).toBeNull();
    expect(nudged(PLACES, rect(0, 690, 30, 30), "left")).toBeNull();
  });

  it("is drawn from any corner to any other, out to the lines", () => {
    expect(drawn(PLACES, [700, 700], [365, 400])).toEqual(rect(360, 390, 360, 330));
    expect(drawn(PLACES, [400, 400], [400, 400])).toEqual(rect(390, 390, 30, 30));
  });
});

describe("room for what is dropped on free space", () => {
  it("is the largest free rectangle there that looks like the display, or a part of it round the point", () => {
    expect(roomAt(PLACES, 600, 200, { w: 720, h: 720 })).toEqual(rect(360, 180, 360, 540));
    expect(roomAt(PLACES, 600, 600, { w: 180, h: 180 })).toEqual(rect(510, 510, 180, 180));
  });

  it("is none where a cell stands, or beyond the display", () => {
    expect(roomAt(PLACES, 100, 100, { w: 360, h: 360 })).toBeNull();
    expect(roomAt(PLACES, 720, 100, { w: 360, h: 360 })).toBeNull();
  });

  it("is never taken from another cell", () => {
    for (let x = 5; x < 720; x += 25) {
      for (let y = 5; y < 720; y += 25) {
        const room = roomAt(PLACES, x, y, { w: 240, h: 240 });
        expect(room === null || isFree(PLACES, room)).toBe(true);
      }
    }
  });
});

describe("cells that become one", () => {
  it("fill a rectangle without a gap", () => {
    expect(union([rect(0, 0, 1, 1), rect(1, 0, 1, 1)])).toEqual(rect(0, 0, 2, 1));
    expect(union([rect(0, 0, 1, 2), rect(1, 0, 1, 1), rect(1, 1, 1, 1)])).toEqual(rect(0, 0, 2, 2));
    expect(union([rect(0, 0, 1, 1), rect(1, 1, 1, 1)])).toBeNull();
    expect(union([rect(0, 0, 1, 1)])).toBeNull();
  });
});
