import "../shared/in_a_browser";
import { describe, expect, it } from "vitest";
import { aDisplay, aWall } from "../shared/samples";
import { adding, changing, displayAtPlace, displayFields, followed, hungAs, nextDisplay, sized } from "./installing";

const [ONE, TWO] = [aDisplay("a", { name: "Layar 1" }), aDisplay("b", { name: "Layar 2", column: 1, width: 3840, height: 2160 })];
const WALL = aWall({ columns: 2, rows: 2, bezel_x: 20, displays: [ONE, TWO] });

describe("a new display", () => {
  it("is like the last one, under the next name, in the next free place or in the one that was chosen", () => {
    expect(nextDisplay(WALL, "Layar")).toEqual({ name: "Layar 3", width: 3840, height: 2160, column: 0, row: 1 });
    expect(nextDisplay(WALL, "Layar", { column: 1, row: 1 })).toMatchObject({ column: 1, row: 1 });
    expect(nextDisplay(aWall({ displays: [] }), "Layar")).toEqual({ name: "Layar 1", width: 1920, height: 1080, column: 0, row: 0 });
  });

  it("is called as the others are, whatever the language", () => {
    const named = (...names: string[]): string => nextDisplay(aWall({ displays: names.map((name) => aDisplay(name, { name })) }), "Display").name;
    expect([named("Layar 1", "Layar 7"), named("Kiri", "Kanan"), named("Atas 2", "Bawah 4"), named("2024")]).toEqual([
      "Layar 8",
      "Display 3",
      "Bawah 5",
      "Display 2",
    ]);
  });

  it("has an id that no display had, and takes the wall along where its place is beside it", () => {
    const add = { type: "add_display", display: "w-r5", name: "Layar 3", width: 3840, height: 2160, column: 0, row: 1 };
    expect(adding(WALL, displayFields(nextDisplay(WALL, "Layar")), ["a", "b"])).toEqual(add);
    expect(adding(WALL, displayFields(nextDisplay(WALL, "Layar")), ["w-r5"])).toMatchObject({ display: "w-r5-2" });
    const full = aWall({ displays: [ONE], bezel_x: 20 });
    expect(adding(full, displayFields(nextDisplay(full, "Layar")), [])).toEqual({
      type: "several",
      commands: [
        { type: "set_geometry", columns: 2, rows: 1, bezel_x: 20, bezel_y: 0 },
        { type: "add_display", display: "w-r5", name: "Layar 2", width: 1920, height: 1080, column: 1, row: 0 },
      ],
    });
  });
});

describe("what is typed of a display", () => {
  it("is sent as far as it differs, with places from 0", () => {
    const fields = displayFields(TWO);
    expect(hungAs(fields)).toEqual({ name: "Layar 2", width: 3840, height: 2160, column: 1, row: 0 });
    expect(changing(TWO, fields)).toBeNull();
    expect(changing(TWO, { ...fields, name: "Kanan ", row: "2" })).toEqual({ type: "change_display", display: "b", name: "Kanan", row: 1 });
  });

  it("stays when others change the display, and the rest follows", () => {
    const before = displayFields(TWO);
    const now = { ...before, name: "Tengah", width: "1920" };
    expect(followed({ ...before, name: "Kanan" }, before, now)).toEqual({ ...now, name: "Kanan" });
    expect(followed(now, now, before)).toEqual(before); // an undo
  });

  it("says which other display hangs in its place", () => {
    const there = { ...displayFields(TWO), column: "1" };
    expect([displayAtPlace(WALL, there, "b")?.id, displayAtPlace(WALL, displayFields(TWO), "b")]).toEqual(["a", null]);
  });

  it("has a size that is sold lying or standing, as it hangs", () => {
    const size = { width: 1920, height: 1080 };
    expect(sized(size, displayFields(TWO))).toEqual({ width: "1920", height: "1080" });
    expect(sized(size, { ...displayFields(TWO), width: "1440", height: "2560" })).toEqual({ width: "1080", height: "1920" });
  });
});
