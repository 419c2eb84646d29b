import { expect, it } from "vitest";
import { aDisplay, aWall } from "./samples";
import { within } from "./scope";

const WALL = aWall({ displays: [aDisplay("a"), aDisplay("b"), aDisplay("c")] });

it("who may arrange everything sees the wall as it is", () => {
  expect(within(WALL, null)).toBe(WALL);
  expect(within(WALL, { displays: null })).toBe(WALL);
});

it("what is not theirs is locked for operators, display by display and cell by cell", () => {
  const { displays } = within(WALL, { displays: { a: null, b: ["c2"] } });
  expect(displays.map(({ locked }) => locked ?? false)).toEqual([false, false, true]);
  const locked = displays.map(({ layout }) => layout.cells.filter((cell) => cell.locked).map(({ id }) => id));
  expect(locked).toEqual([[], ["c1", "c3", "c4"], []]);
});
