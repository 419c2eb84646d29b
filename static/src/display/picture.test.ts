import { describe, expect, it } from "vitest";
import { type CellTable, MOST_TOLD_MS, type SlotLayout } from "./cells";
import { ageOf, SlotPicture, STALE_AFTER_MS } from "./picture";

function layout(kind: "mosaic" | "camera" | "none", fromTs: number, epoch: number, ...cameras: string[]): SlotLayout {
  const cells = cameras.map((camera, n) => ({ camera, rect: { x: n * 100, y: 0, w: 100, h: 100 } }));
  return { slot: 0, fromTs, marks: 1, kind, stream: "s", epoch, canvas: [200, 100], cells };
}

function table(ts: number, epoch: number, ...cells: [fresh: boolean, ageMs: number | null][]): CellTable {
  return { slot: 0, ts, epoch, cells: cells.map(([fresh, ageMs]) => ({ fresh, ageMs })) };
}

function mosaic(): SlotPicture {
  const picture = new SlotPicture();
  picture.announce(layout("mosaic", 100, 1, "a", "b"), 0);
  return picture;
}

describe("the picture of a mosaic", () => {
  it("shows nothing until a picture of its layout was decoded", () => {
    const picture = mosaic();
    expect(picture.shown).toBeNull();
    expect(picture.present(99, 0)).toBe(false);
    expect(picture.present(100, 0)).toBe(true);
    expect(picture.cells.map(({ camera }) => camera)).toEqual(["a", "b"]);
  });

  it("lights a cell only by a table that says that its picture is new", () => {
    const picture = mosaic();
    picture.addTable(table(100, 1, [true, 40], [false, 40]), 0);
    picture.present(100, 0);
    expect(picture.cells.map(({ lit }) => lit)).toEqual([true, false]);
    picture.present(200, 70); // its table was lost
    expect(picture.cells.map(({ lit }) => lit)).toEqual([true, false]);
  });

  it("puts the light out when the age from the table and the time since come to more than two seconds", () => {
    const picture = mosaic();
    picture.addTable(table(100, 1, [true, 1500], [true, 0]), 0);
    picture.present(100, 0);
    expect(picture.expire(STALE_AFTER_MS - 1500)).toBe(false);
    expect(picture.expire(STALE_AFTER_MS - 1499)).toBe(true);
    expect(picture.cells.map(({ lit }) => lit)).toEqual([false, true]);
  });

  it("keeps old pictures dark although new mosaics come", () => {
    const picture = mosaic();
    picture.addTable(table(100, 1, [true, 10], [true, 10]), 0);
    picture.present(100, 0);
    picture.addTable(table(200, 1, [false, 2500], [true, 10]), 0);
    picture.present(200, 2490);
    expect(picture.cells.map(({ lit }) => lit)).toEqual([false, true]);
    expect(picture.cells.map((cell) => ageOf(cell, 2590))).toEqual([2600, 110]);
  });

  it("knows how old a picture has become that is older than tables can say", () => {
    const picture = mosaic();
    picture.addTable(table(100, 1, [false, MOST_TOLD_MS], [false, MOST_TOLD_MS - 10]), 0);
    picture.present(100, 0);
    const hour = 3_600_000;
    picture.addTable(table(200, 1, [false, MOST_TOLD_MS], [true, 40]), hour);
    picture.present(200, hour);
    expect(picture.cells.map((cell) => ageOf(cell, hour))).toEqual([MOST_TOLD_MS + hour, 40]);
  });

  it("is as old as its table says and as long as the browser held it", () => {
    const picture = mosaic();
    picture.addTable(table(100, 1, [true, 40], [true, 1500]), 0);
    picture.present(100, 600, 600);
    expect(picture.cells.map((cell) => [cell.lit, ageOf(cell, 600)])).toEqual([
      [true, 640],
      [false, 2100],
    ]);
  });

  it("knows a blank cell, and since when", () => {
    const picture = mosaic();
    for (const [ts, at] of [
      [100, 10],
      [200, 80],
    ] as const) {
      picture.addTable(table(ts, 1, [false, null], [true, 0]), at);
      picture.present(ts, at);
    }
    const [blank] = picture.cells;
    expect(blank && ageOf(blank, 90)).toBeNull();
    expect(blank?.blankSince).toBe(10);
  });

  it("takes a table that comes after its picture", () => {
    const picture = mosaic();
    picture.present(100, 0);
    expect(picture.addTable(table(100, 1, [true, 0], [true, 0]), 5)).toBe(true);
    expect(picture.cells.every(({ lit }) => lit)).toBe(true);
  });

  it("gives no names while the picture is of a layout that it does not know", () => {
    const picture = mosaic();
    picture.present(100, 0);
    picture.addTable(table(200, 2, [true, 0], [true, 0]), 10);
    picture.present(200, 10);
    expect(picture.unnamed).toBe(true);
    expect(picture.announce(layout("mosaic", 200, 2, "b", "a"), 12)).toBe(true);
    expect(picture.unnamed).toBe(false);
    expect(picture.cells.map(({ camera }) => camera)).toEqual(["b", "a"]);
  });
});

describe("the picture of a camera", () => {
  it("is live with its second picture: the first may be a cached one", () => {
    const picture = new SlotPicture();
    picture.announce(layout("camera", 0, 1, "a"), 0);
    picture.present(0, 0);
    expect(picture.cells[0]?.lit).toBe(false);
    expect(picture.present(6000, 66)).toBe(true);
    expect(picture.cells[0]?.lit).toBe(true);
  });

  it("is not live in a browser that shows what arrived long before, until that has caught up", () => {
    const picture = new SlotPicture();
    picture.announce(layout("camera", 0, 0, "a"), 0);
    for (const [ts, heldMs] of [
      [0, 100],
      [6000, 1900],
      [12_000, 3100],
      [18_000, 3000],
    ] as const) {
      picture.present(ts, ts, heldMs);
      expect(picture.cells[0]?.lit).toBe(ts === 6000);
    }
    const [cell] = picture.cells;
    expect(cell && ageOf(cell, 18_000)).toBe(3000);
    picture.present(24_000, 24_000, 20);
    expect(cell?.lit).toBe(true);
  });

  it("is not called live by a repeat of its last keyframe", () => {
    const picture = new SlotPicture();
    picture.announce(layout("camera", 0, 0, "a"), 0);
    picture.present(0, 0);
    picture.present(6000, 66);
    expect(picture.expire(3000)).toBe(true);
    picture.addTable(table(12000, 0, [false, 3100]), 3099); // the gateway repeats, because the browser asks
    picture.present(12000, 3100);
    const [cell] = picture.cells;
    expect(cell?.lit).toBe(false);
    expect(cell && ageOf(cell, 3100)).toBe(3100);
    picture.present(18000, 3166); // it comes back: one picture proves nothing, the second does
    expect(cell?.lit).toBe(false);
    picture.present(24000, 3233);
    expect(cell?.lit).toBe(true);
  });

  it("keeps what it shows when the slot falls silent", () => {
    const picture = new SlotPicture();
    picture.announce(layout("camera", 0, 1, "a"), 0);
    picture.present(0, 0);
    picture.announce(layout("none", 1, 2), 5);
    picture.present(1, 6);
    expect(picture.cells[0]?.camera).toBe("a");
  });

  it("is of an emptied slot until a picture of something later is shown", () => {
    const picture = new SlotPicture();
    picture.announce(layout("camera", 0, 1, "a"), 0);
    picture.present(0, 0);
    expect(picture.emptied).toBe(false);
    picture.announce(layout("none", 6, 2), 5);
    picture.present(5, 6); // was on its way
    expect(picture.emptied).toBe(true);
    // More than 2^31 ticks later, where timestamps of before cannot be compared any more.
    picture.announce(layout("camera", 0x90000000, 1, "a"), 30_000_000);
    expect(picture.emptied).toBe(true);
    picture.present(0x90000000, 30_000_100);
    expect(picture.emptied).toBe(false);
  });

  it("has no name from its first picture of another camera on, until what that shows is known, late as it may be", () => {
    const picture = new SlotPicture();
    picture.announce({ ...layout("camera", 0xfffffff8, 0, "a"), marks: 8 }, 0);
    picture.present(0xfffffff8, 0);
    picture.present(16, 66);
    expect(picture.unnamed).toBe(false);
    expect(picture.present(27, 133)).toBe(true); // lost on the line: what is said of it
    expect(picture.unnamed).toBe(true);
    picture.present(35, 200);
    expect(picture.announce({ ...layout("camera", 27, 0, "b"), marks: 8 }, 1200)).toBe(true);
    expect([picture.unnamed, picture.cells[0]?.camera]).toEqual([false, "b"]);
    expect(picture.cells[0]?.lit).toBe(false);
    picture.present(43, 1266);
    picture.present(51, 1333);
    expect(picture.cells[0]?.lit).toBe(true);
  });

  it("has no name either where what is said of the one before the last comes first", () => {
    const picture = new SlotPicture();
    picture.announce({ ...layout("camera", 0, 0, "a"), marks: 8 }, 0);
    picture.present(0, 0);
    picture.present(26, 133);
    expect(picture.unnamed).toBe(true);
    picture.announce({ ...layout("camera", 9, 0, "b"), marks: 8 }, 1100);
    expect(picture.unnamed).toBe(true);
    picture.announce({ ...layout("camera", 18, 0, "c"), marks: 8 }, 1200);
    expect([picture.unnamed, picture.cells[0]?.camera]).toEqual([false, "c"]);
  });

  it("has the name of what comes by now, after a night in which the screen was off and nothing was drawn", () => {
    const picture = new SlotPicture();
    picture.announce(layout("camera", 0, 0, "a"), 0);
    picture.present(0, 0);
    picture.announce(layout("camera", 90_000, 0, "b"), 1000);
    const hours = 8;
    picture.present(hours * 3600 * 90_000, hours * 3_600_000);
    expect(picture.cells[0]?.camera).toBe("b");
  });

  it("needs a new picture once it was forgotten, not only a new layout", () => {
    const picture = new SlotPicture();
    picture.announce(layout("camera", 0, 1, "a"), 0);
    picture.present(0, 0);
    picture.forget();
    expect(picture.announce(layout("camera", 0, 2, "b"), 10)).toBe(false);
    expect(picture.shown).toBeNull();
    picture.present(10, 20);
    expect(picture.cells[0]?.camera).toBe("b");
  });
});
