import { describe, expect, it } from "vitest";
import type { Content } from "../shared/walls";
import { type Dragged, resizing, landingOf, targetOf } from "./dragging";
import { hang } from "../shared/hang";
import { aCell, aDisplay, aWall, FOUR, showing } from "../shared/samples";

const CAMERA: Content = { type: "camera", camera: "z" };

// Two displays side by side; of the right one only the upper half has cells, one of which is locked.
const RIGHT = [aCell("c1", 0, 0, 360, 360, showing("b")), aCell("c2", 360, 0, 360, 360, { locked: true })];
const WALL = hang(
  aWall({ columns: 2, bezel_x: 20, displays: [aDisplay("left"), aDisplay("right", { column: 1 }, RIGHT)] }),
);

const at = (x: number, y: number): { x: number; y: number } => ({ x, y });
const cell = (display: string, id: string, from: { x: number; y: number }): Dragged => ({ kind: "cell", display, cell: id, from });

describe("something dragged out of the library", () => {
  const dragged: Dragged = { kind: "content", content: CAMERA };

  it("is shown in the cell under it", () => {
    expect(targetOf(WALL, dragged, at(1000, 100))).toMatchObject({
      what: "show",
      legal: true,
      command: { type: "assign", display: "left", cell: "c2", content: CAMERA },
    });
  });

  it("makes a cell on free space", () => {
    expect(targetOf(WALL, dragged, at(2000, 1000))).toMatchObject({
      what: "place",
      legal: true,
      command: { type: "place", display: "right", x: 0, y: 360, w: 360, h: 360, content: CAMERA },
    });
  });

  it("goes nowhere between displays, and is refused by a locked cell", () => {
    expect(targetOf(WALL, dragged, at(1930, 500))).toBeNull();
    expect(targetOf(WALL, dragged, at(3800, 100))).toMatchObject({ what: "show", legal: false });
  });

  it("changes nothing where it is shown already", () => {
    const same: Dragged = { kind: "content", content: { type: "camera", camera: "a" } };
    expect(targetOf(WALL, same, at(10, 10))).toMatchObject({ legal: true, command: null });
  });
});

describe("a cell that is dragged", () => {
  it("changes places with another one, also on another display", () => {
    expect(targetOf(WALL, cell("left", "c1", at(100, 100)), at(2000, 100))).toMatchObject({
      what: "swap",
      legal: true,
      command: { type: "swap", display: "left", cell: "c1", other_display: "right", other_cell: "c1" },
    });
  });

  it("moves to free space on its own display or another one", () => {
    expect(targetOf(WALL, cell("right", "c1", at(2000, 100)), at(2000, 640))).toMatchObject({
      what: "move",
      legal: true,
      command: { type: "move", display: "right", cell: "c1", x: 0, y: 360 },
    });
    expect(targetOf(WALL, cell("left", "c1", at(100, 100)), at(3000, 640))).toMatchObject({
      what: "move",
      legal: true,
      command: { type: "move", display: "left", cell: "c1", to_display: "right", y: 360 },
    });
  });

  it("is red where it would lie on another one", () => {
    expect(targetOf(WALL, cell("right", "c1", at(2000, 100)), at(2000, 580))).toMatchObject({ legal: true });
    expect(targetOf(WALL, cell("left", "c1", at(100, 100)), at(140, 120))).toMatchObject({ what: "move", command: null });
    expect(targetOf(WALL, cell("right", "c2", at(3800, 100)), at(3800, 700))).toMatchObject({ legal: false });
  });
});

describe("an edge that is dragged", () => {
  it("gives the cell another size, green where there is room", () => {
    const edge: Dragged = { kind: "edge", display: "right", cell: "c1", edge: "s", from: at(2400, 540) };
    expect(targetOf(WALL, edge, at(2400, 810))).toMatchObject({
      legal: true,
      command: { type: "resize", display: "right", cell: "c1", x: 0, y: 0, w: 360, h: 540 },
    });
    const wide: Dragged = { ...edge, edge: "e" };
    expect(targetOf(WALL, wide, at(3000, 540))).toMatchObject({ legal: false });
  });
});

describe("a cell that is drawn", () => {
  it("stands where it was drawn, if nothing else does", () => {
    const drawing: Dragged = { kind: "draw", display: "right", from: at(1940, 541) };
    expect(targetOf(WALL, drawing, at(2899, 1079))).toMatchObject({
      legal: true,
      command: { type: "place", display: "right", x: 0, y: 360, w: 360, h: 360, content: { type: "empty" } },
    });
    expect(targetOf(WALL, drawing, at(2899, 300))).toMatchObject({ legal: false });
  });
});

it("a resize that changes nothing is no command", () => {
  const [first] = FOUR;
  const display = aDisplay("left");
  expect(first && resizing(display, first, first)).toMatchObject({ legal: true, command: null });
});

it("selects the cell on which something was dropped", () => {
  const onto = { display: "a", cell: "c2" };
  expect(landingOf({ type: "assign", ...onto, content: { type: "empty" } })).toEqual(onto);
  expect(landingOf({ type: "swap", display: "a", cell: "c1", other_display: "b", other_cell: "c3" })).toEqual({ display: "b", cell: "c3" });
  expect(landingOf({ type: "place", display: "a", x: 0, y: 0, w: 1, h: 1, content: { type: "empty" } })).toBeNull();
});
