import { describe, expect, it } from "vitest";
import { LayoutTimeline, mayBeOf, parseLayout, parseTable, type SlotLayout, TableQueue } from "./cells";

function layout(fromTs: number, camera: string): SlotLayout {
  const text = JSON.stringify({
    t: "layout",
    slot: 0,
    from_ts: fromTs,
    kind: "mosaic",
    stream: "mosaic.m",
    epoch: 1,
    canvas: [640, 360],
    cells: [{ camera, rect: [0, 0, 320, 180] }],
  });
  const parsed = parseLayout(text);
  if (!parsed) throw new Error("a good layout was refused");
  return parsed;
}

function table(ts: number, cells: readonly [flags: number, age: number][]): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(10 + 3 * cells.length));
  view.setUint8(0, 1);
  view.setUint8(1, 0);
  view.setUint32(2, ts);
  view.setUint32(6, 1);
  cells.forEach(([flags, age], index) => {
    view.setUint8(10 + 3 * index, flags);
    view.setUint16(11 + 3 * index, age);
  });
  return view.buffer;
}

describe("what the gateway says", () => {
  it("gives each cell its age, and none to a blank one", () => {
    expect(
      parseTable(
        table(7, [
          [1, 12],
          [0, 0xffff],
        ]),
      )?.cells,
    ).toEqual([
      { fresh: true, ageMs: 120 },
      { fresh: false, ageMs: null },
    ]);
  });

  it("is refused where it is something else", () => {
    expect(parseTable(new ArrayBuffer(4))).toBeNull();
    expect(parseTable(new ArrayBuffer(12))).toBeNull();
    expect(parseLayout("{")).toBeNull();
    expect(parseLayout('{"t":"layout","slot":"0"}')).toBeNull();
  });

  it("is of one stream, whose timestamps have a mark of their own, over the wrap too; of all, where no marks are", () => {
    const said = { ...layout(0xfffffffd, "a"), marks: 8 };
    expect([0xfffffff5, 0xfffffffd, 5, 13].every((ts) => mayBeOf(said, ts))).toBe(true);
    expect([0xfffffffe, 0, 6].some((ts) => mayBeOf(said, ts))).toBe(false);
    expect(mayBeOf(layout(7, "a"), 9)).toBe(true);
  });
});

describe("a name over a picture", () => {
  it("changes at the very picture from which the layout holds, also over the wrap", () => {
    const line = new LayoutTimeline();
    line.announce(layout(0xfffffff0, "old"), 0);
    line.announce(layout(16, "new"), 0);
    expect(line.at(0xffffffef, 1)).toBeNull();
    expect(line.at(0xfffffff0, 1)?.cells[0]?.camera).toBe("old");
    expect(line.at(15, 1)?.cells[0]?.camera).toBe("old");
    expect(line.at(16, 1)?.cells[0]?.camera).toBe("new");
  });

  it("is the new one after a night in which the screen was off, and nothing drawn, although timestamps say the contrary", () => {
    const line = new LayoutTimeline();
    line.announce(layout(100, "old"), 0);
    line.at(100, 1);
    line.announce(layout(90_000, "new"), 1000);
    const hours = 8;
    expect(line.at(hours * 3600 * 90_000, hours * 3_600_000)?.cells[0]?.camera).toBe("new");
  });

  it("is lit by the table of that picture and of no other", () => {
    const queue = new TableQueue();
    for (const ts of [0xfffffffe, 4, 10]) {
      const parsed = parseTable(table(ts, [[1, 1]]));
      if (parsed) queue.add(parsed);
    }
    expect(queue.take(4)?.ts).toBe(4);
    expect(queue.take(0xfffffffe)).toBeNull();
    expect(queue.take(11)).toBeNull();
    expect(queue.take(10)).toBeNull();
  });
});
