import { expect, it } from "vitest";
import type { Command } from "./commands";
import { EMPTY, aCell, aDisplay, aWall } from "./samples";
import { hasWholeWall, type Shut, whyNot, whyNotThese, whyShut, within } from "./scope";

const WALL = aWall({ displays: [aDisplay("a"), aDisplay("b"), aDisplay("c")] });
const SCOPE = { displays: { a: null, b: ["c2", "c3"] } };

it("who may arrange everything sees the wall as it is", () => {
  expect(within(WALL, null)).toBe(WALL);
  expect(within(WALL, { displays: null })).toBe(WALL);
});

it("marks what is not theirs, display by display and cell by cell, as something else than locked", () => {
  const { displays } = within(WALL, SCOPE);
  expect(displays.map((display) => whyShut(display))).toEqual([null, "notTheirs", "notTheirs"]);
  expect(displays.map((display) => display.layout.cells.filter((cell) => whyShut(display, cell)).map(({ id }) => id))).toEqual([
    [],
    ["c1", "c4"],
    ["c1", "c2", "c3", "c4"],
  ]);
  expect(displays.some(({ locked, layout }) => locked || layout.cells.some((cell) => cell.locked))).toBe(false);
  const locked = aDisplay("d", { locked: true }, [aCell("c1", 0, 0, 720, 720)]);
  expect(locked.layout.cells.map((cell) => whyShut(locked, cell))).toEqual(["locked"]);
});

it("knows which commands are sure to be refused, and why", () => {
  const locked = aDisplay("d", {}, [aCell("c1", 0, 0, 720, 720, { locked: true })]);
  const wall = within(aWall({ displays: [...WALL.displays, locked] }), { displays: { ...SCOPE.displays, d: null } });
  const of = (command: Command, isWhole = false): Shut | null => whyNot(command, wall, isWhole);
  const at = (display: string, cell: string) => ({ display, cell });
  expect(of({ type: "preset", display: "a", preset: "2x2" })).toBeNull();
  expect(of({ type: "preset", display: "b", preset: "2x2" })).toBe("notTheirs");
  expect(of({ type: "panorama", displays: ["a", "b"] })).toBe("notTheirs");
  expect(of({ type: "clear", ...at("b", "c2") })).toBeNull();
  expect(of({ type: "clear", ...at("b", "c1") })).toBe("notTheirs");
  expect(of({ type: "clear", ...at("d", "c1") })).toBe("locked");
  expect(of({ type: "merge", cells: [at("b", "c2"), at("b", "c3")] })).toBeNull();
  expect(of({ type: "several", commands: [{ type: "remove", ...at("a", "c1") }, { type: "remove", ...at("c", "c1") }] })).toBe("notTheirs");
  expect(of({ type: "swap", ...at("a", "c1"), other_display: "d", other_cell: "c1" })).toBe("locked");
  // New cells are nobody's on a display that is theirs in part.
  expect(of({ type: "split", ...at("b", "c2"), columns: 2, rows: 1 })).toBe("notTheirs");
  expect(of({ type: "move", ...at("b", "c2"), x: 0, y: 0 })).toBeNull();
  expect(of({ type: "move", ...at("a", "c1"), x: 0, y: 0, to_display: "b" })).toBe("notTheirs");
  expect(of({ type: "place", display: "b", x: 0, y: 0, w: 1, h: 1, content: EMPTY })).toBe("notTheirs");
  for (const type of ["save_scene", "delete_scene", "lock", "remove_tour"] as const) {
    const command = { type, scene: "s", name: "S", displays: [], tour: "t", ...at("a", "c1") } as Command;
    expect([of(command), of(command, true)]).toEqual(["wholeWall", null]);
  }
  expect(of({ type: "undo" })).toBeNull();
  expect(of({ type: "clear", ...at("a", "gone") })).toBeNull();
});

it("takes nobody back over what is not theirs", () => {
  const change = (display: string, cell: string) => ({ display, cell, kinds: ["moved"], before: null, after: null });
  expect(whyNotThese([change("a", "new"), change("b", "c2")], SCOPE)).toBeNull();
  expect(whyNotThese([change("b", "c1")], SCOPE)).toBe("notTheirs");
  expect(whyNotThese([change("b", "c1")], null)).toBeNull();
});

it("gives the whole wall to supervisors without a part of their own", () => {
  expect(hasWholeWall({ actions: ["cells.arrange", "walls.edit"], scope: null })).toBe(true);
  expect(hasWholeWall({ actions: ["cells.arrange", "walls.edit"], scope: { displays: { a: null } } })).toBe(false);
  expect(hasWholeWall({ actions: ["cells.arrange"] })).toBe(false);
  expect(hasWholeWall(null)).toBe(false);
});
