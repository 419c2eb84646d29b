/** Displays as a form has them, and the commands that hang them so. Pure. */
import type { Command, Geometry, Hung } from "../shared/commands";
import { freePlaces, type Place } from "../shared/hang";
import type { Display, Wall } from "../shared/walls";
import { freeId } from "./tours";

/** What is typed. Places are counted from 1, as people do. */
export type Fields<Name extends string = string> = Readonly<Record<Name, string>>;
export type DisplayFields = Fields<keyof Hung>;
export type WallFields = Fields<keyof Geometry>;

/** Pixels of displays that are sold, lying. */
export const SIZES = [
  { name: "1080p", width: 1920, height: 1080 },
  { name: "1440p", width: 2560, height: 1440 },
  { name: "4K", width: 3840, height: 2160 },
] as const;
export type Size = Pick<Hung, "width" | "height">;

/** As of `layouts/wall.py`. */
export const LIMITS = { pixels: 16_384, places: 64, bezel: 2_000, name: 120 } as const;

export function displayFields({ name, width, height, column, row }: Hung): DisplayFields {
  return { name, width: `${width}`, height: `${height}`, column: `${column + 1}`, row: `${row + 1}` };
}

export function wallFields({ columns, rows, bezel_x, bezel_y }: Geometry): WallFields {
  return { columns: `${columns}`, rows: `${rows}`, bezel_x: `${bezel_x}`, bezel_y: `${bezel_y}` };
}

export function hungAs({ name, width, height, column, row }: DisplayFields): Hung {
  return { name: name.trim(), width: Number(width), height: Number(height), column: Number(column) - 1, row: Number(row) - 1 };
}

export function geometryOf({ columns, rows, bezel_x, bezel_y }: WallFields): Geometry {
  return { columns: Number(columns), rows: Number(rows), bezel_x: Number(bezel_x), bezel_y: Number(bezel_y) };
}

/** What was typed stays, whatever others change; what was not is as it is by now, after an undo too. */
export function followed<Name extends string>(typed: Fields<Name>, before: Fields<Name>, now: Fields<Name>): Fields<Name> {
  const names = Object.keys(now) as Name[];
  return Object.fromEntries(names.map((name) => [name, typed[name] === before[name] ? now[name] : typed[name]])) as Fields<Name>;
}

/** Only what was typed: what others change meanwhile stays theirs. Null: nothing was. */
export function changing(display: Display, fields: DisplayFields): Command | null {
  const [now, wanted] = [displayFields(display), hungAs(fields)];
  const names = (Object.keys(wanted) as (keyof Hung)[]).filter((name) => fields[name] !== now[name]);
  if (names.length === 0) return null;
  return { type: "change_display", display: display.id, ...Object.fromEntries(names.map((name) => [name, wanted[name]])) };
}

/** A new display; the wall has a column or a row more where its place is beside it. `taken`: ids that are others'. */
export function adding(wall: Wall, fields: DisplayFields, taken: readonly string[]): Command {
  const hung = hungAs(fields);
  const add = { type: "add_display", display: newId(wall, taken), ...hung } as const;
  const columns = Math.max(wall.columns, hung.column + 1);
  const rows = Math.max(wall.rows, hung.row + 1);
  if (columns === wall.columns && rows === wall.rows) return add;
  const { bezel_x, bezel_y } = wall;
  return { type: "several", commands: [{ type: "set_geometry", columns, rows, bezel_x, bezel_y }, add] };
}

/**
 * An id that no display of this wall had before: a screen that was paired as one that is gone, and a person whose scope
 * names it, have nothing to do with the new one.
 */
function newId(wall: Wall, taken: readonly string[]): string {
  return freeId(`${wall.id.slice(0, 40)} r${wall.revision + 1}`, taken);
}

/** Like the last one, in the next free place; on a full wall in a new column. */
export function nextDisplay(wall: Wall, word: string, at: Place | null = null): Hung {
  const last = wall.displays.at(-1) ?? { width: 1920, height: 1080 };
  const place = at ?? freePlaces(wall)[0] ?? { column: wall.columns, row: 0 };
  return { name: nextName(wall, word), width: last.width, height: last.height, column: place.column, row: place.row };
}

/** "Layar 3" after "Layar 1" and "Layar 2", whatever they are called here. */
function nextName({ displays }: Wall, word: string): string {
  const numbered = displays.flatMap(({ name }) => {
    const found = /^(.*\D)(\d{1,6})$/.exec(name);
    return found ? [{ before: found[1] ?? "", number: Number(found[2]) }] : [];
  });
  const before = numbered.at(-1)?.before ?? `${word} `;
  const highest = Math.max(0, ...numbered.filter((one) => one.before === before).map(({ number }) => number));
  return `${before}${highest > 0 ? highest + 1 : displays.length + 1}`;
}

/** The other display that hangs there. */
export function displayAtPlace(wall: Wall, { column, row }: DisplayFields, but: string | null): Display | null {
  const place = { column: Number(column) - 1, row: Number(row) - 1 };
  return wall.displays.find((one) => one.id !== but && one.column === place.column && one.row === place.row) ?? null;
}

/** Of a size, standing where what is typed stands. */
export function sized(size: Size, typed: DisplayFields): Pick<DisplayFields, "width" | "height"> {
  const [long, short] = [`${Math.max(size.width, size.height)}`, `${Math.min(size.width, size.height)}`];
  return isUpright(typed) ? { width: short, height: long } : { width: long, height: short };
}

export function isUpright({ width, height }: Pick<DisplayFields, "width" | "height">): boolean {
  return Number(height) > Number(width);
}
