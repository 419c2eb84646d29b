/** Where displays and cells are on the wall, bezels included, as `layouts/wall_pixels.py` has it. Pure. */
import type { Rect } from "../display/geometry";
import type { Cell, Display, Wall } from "./walls";

/** A wall with its displays where they hang; all lengths in pixels of the wall. */
export interface HungWall {
  readonly width: number;
  readonly height: number;
  readonly displays: readonly HungDisplay[];
  readonly free: readonly { readonly place: Place; readonly rect: Rect }[];
}

/** Of a display on its wall, from 0. */
export interface Place {
  readonly column: number;
  readonly row: number;
}

export interface HungDisplay {
  readonly display: Display;
  readonly rect: Rect;
}

/** Places of a wall without any display, pixels. */
const [USUAL_WIDTH, USUAL_HEIGHT] = [1920, 1080];

/** A column is as wide as its widest display, a row as high as its highest; an empty one is as large as the largest. */
export function hang(wall: Wall): HungWall {
  const across = sides(wall.columns, wall.displays.map(({ column, width }) => [column, width]), USUAL_WIDTH);
  const down = sides(wall.rows, wall.displays.map(({ row, height }) => [row, height]), USUAL_HEIGHT);
  const [lefts, tops] = [starts(across, wall.bezel_x), starts(down, wall.bezel_y)];
  const rectAt = ({ column, row }: Place): Rect => ({
    x: lefts[column] ?? 0,
    y: tops[row] ?? 0,
    w: across[column] ?? 1,
    h: down[row] ?? 1,
  });
  return {
    width: end(lefts, across),
    height: end(tops, down),
    displays: wall.displays.map((display) => ({ display, rect: rectAt(display) })),
    free: freePlaces(wall).map((place) => ({ place, rect: rectAt(place) })),
  };
}

/** Where another display can hang, in reading order. */
export function freePlaces({ columns, rows, displays }: Wall): Place[] {
  const taken = new Set(displays.map(({ column, row }) => `${column} ${row}`));
  const all = Array.from({ length: columns * rows }, (_, at) => ({ column: at % columns, row: Math.floor(at / columns) }));
  return all.filter(({ column, row }) => !taken.has(`${column} ${row}`));
}

/** A cell's place on the wall. */
export function onWall({ display, rect }: HungDisplay, cell: Rect): Rect {
  const { columns, rows } = display.layout;
  return {
    x: rect.x + (cell.x * rect.w) / columns,
    y: rect.y + (cell.y * rect.h) / rows,
    w: (cell.w * rect.w) / columns,
    h: (cell.h * rect.h) / rows,
  };
}

/** The display under a point of the wall, and the point in units of its grid; null between displays. */
export function displayAt(wall: HungWall, x: number, y: number): { hung: HungDisplay; gx: number; gy: number } | null {
  const hung = wall.displays.find(
    ({ rect }) => x >= rect.x && y >= rect.y && x < rect.x + rect.w && y < rect.y + rect.h,
  );
  return hung ? { hung, ...gridPoint(hung, x, y) } : null;
}

/** A point of the wall in units of this display's grid, also where it lies beside it. */
export function gridPoint({ display, rect }: HungDisplay, x: number, y: number): { gx: number; gy: number } {
  const { columns, rows } = display.layout;
  return { gx: ((x - rect.x) * columns) / rect.w, gy: ((y - rect.y) * rows) / rect.h };
}

/** Every cell, with its display and its place on the wall. */
export function cellsOnWall(wall: HungWall): { display: Display; cell: Cell; rect: Rect }[] {
  return wall.displays.flatMap((hung) =>
    hung.display.layout.cells.map((cell) => ({ display: hung.display, cell, rect: onWall(hung, cell) })),
  );
}

function sides(count: number, known: readonly (readonly [index: number, side: number])[], usual: number): number[] {
  const largest = known.length > 0 ? Math.max(...known.map(([, side]) => side)) : usual;
  return Array.from({ length: count }, (_, index) => {
    const here = known.filter(([at]) => at === index).map(([, side]) => side);
    return here.length > 0 ? Math.max(...here) : largest;
  });
}

function starts(lengths: readonly number[], bezel: number): number[] {
  let at = 0;
  return lengths.map((length) => {
    const start = at;
    at += length + bezel;
    return start;
  });
}

function end(begin: readonly number[], lengths: readonly number[]): number {
  return (begin.at(-1) ?? 0) + (lengths.at(-1) ?? 1);
}
