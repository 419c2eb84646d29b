/** What somebody may rearrange, and why the rest is shut for them. Pure. */
import type { Command } from "./commands";
import type { CellChange } from "./difference";
import type { Cell, Display, Wall } from "./walls";

/** Of `/api/me`; null: everywhere. */
export interface Scope {
  /** By display its cells, null: all of them. A display that is not named is not theirs. */
  readonly displays?: Readonly<Record<string, readonly string[] | null>> | null;
}

/** Locked by a supervisor; in nobody's way but theirs; or only for who may edit the wall as a whole. */
export type Shut = "locked" | "notTheirs" | "wholeWall";

/** The wall with what is not theirs marked so. */
export function within(wall: Wall, scope: Scope | null | undefined): Wall {
  if (!scope?.displays) return wall;
  return {
    ...wall,
    displays: wall.displays.map((display) => {
      if (hasDisplay(scope, display.id)) return display;
      const cells = display.layout.cells.map((cell) => (hasCell(scope, display.id, cell.id) ? cell : { ...cell, notTheirs: true }));
      return { ...display, notTheirs: true, layout: { ...display.layout, cells } };
    }),
  };
}

function hasDisplay(scope: Scope | null | undefined, display: string): boolean {
  return !scope?.displays || scope.displays[display] === null;
}

function hasCell(scope: Scope | null | undefined, display: string, cell: string): boolean {
  return hasDisplay(scope, display) || (scope?.displays?.[display]?.includes(cell) ?? false);
}

/** May they change its locks, tours and scenes, and see what it costs? */
export function hasWholeWall(person: { readonly actions: readonly string[]; readonly scope?: Scope | null } | null): boolean {
  return (person?.actions.includes("walls.edit") ?? false) && !person?.scope?.displays;
}

/** Why this cell cannot be changed, or without `cell`: why nothing can be made on this display; null: it can. */
export function whyShut(display: Display, cell?: Cell): Shut | null {
  if (cell ? cell.notTheirs : display.notTheirs) return "notTheirs";
  return display.locked || cell?.locked ? "locked" : null;
}

/** Why these changes cannot be taken back, or made. */
export function whyNotThese(changes: readonly CellChange[], scope: Scope | null | undefined): Shut | null {
  return changes.every(({ display, cell }) => hasCell(scope, display, cell)) ? null : "notTheirs";
}

/**
 * Why a command is sure to be refused (`layouts/apply.py`, `control/reach.py`); null: it may be done. `isWhole`: whoever
 * gives it has the wall as a whole. What looks back (undo, a scene) only the server knows.
 */
export function whyNot(command: Command, wall: Wall, isWhole: boolean): Shut | null {
  const at = (display: string, cell?: string): Shut | null => whyNotAt(wall, display, cell);
  switch (command.type) {
    case "several":
      return first(command.commands.map((one) => whyNot(one, wall, isWhole)));
    case "lock":
    case "unlock":
    case "set_tour":
    case "remove_tour":
    case "save_scene":
    case "delete_scene":
      return isWhole ? null : "wholeWall";
    case "place":
    case "preset":
      return at(command.display);
    case "panorama":
      return first(command.displays.map((display) => at(display)));
    case "split":
      return at(command.display, command.cell) ?? at(command.display);
    case "move":
      return at(command.display, command.cell) ?? (command.to_display === undefined ? null : at(command.to_display));
    case "merge":
      return first(command.cells.map(({ display, cell }) => at(display, cell)));
    case "swap":
      return at(command.display, command.cell) ?? at(command.other_display, command.other_cell);
    case "assign":
    case "clear":
    case "remove":
    case "resize":
      return at(command.display, command.cell);
    default:
      return null;
  }
}

/** Nothing is said of what is not on the wall: the server will. */
function whyNotAt(wall: Wall, display: string, cell?: string): Shut | null {
  const there = wall.displays.find(({ id }) => id === display);
  const on = there?.layout.cells.find(({ id }) => id === cell);
  return !there || (cell !== undefined && !on) ? null : whyShut(there, on);
}

function first(all: readonly (Shut | null)[]): Shut | null {
  return all.find((one) => one !== null) ?? null;
}
