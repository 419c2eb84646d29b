/**
 * The layout engine of the editor: what may stand where on one display's grid. Pure, no DOM, no clock.
 *
 * It says beforehand what the server would say to a command, so that a cell is green or red while it is dragged; the
 * server decides. All lengths are units of the layout's grid, which is fine (720 to a side): people place cells by its
 * *lines*, a 24th of the display and the edges of other cells.
 */
import type { Rect } from "../display/geometry";

/** A layout as far as places go. */
export interface Places {
  readonly columns: number;
  readonly rows: number;
  readonly cells: readonly (Rect & { readonly id: string })[];
}

export type Edge = "n" | "s" | "e" | "w" | "ne" | "nw" | "se" | "sw";

export const EDGES: readonly Edge[] = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];

/** Lines to a side where no cell has an edge. */
const STEPS = 24;

/** A cell is at least a 64th of each side (`layouts/wall.py`). */
const SMALLEST = 64;

export function touches(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/** May a cell stand at `rect`, if `moving` is taken away first? */
export function isFree(places: Places, rect: Rect, moving: string | null = null): boolean {
  if (rect.w * SMALLEST < places.columns || rect.h * SMALLEST < places.rows) return false;
  if (rect.x < 0 || rect.y < 0 || rect.x + rect.w > places.columns || rect.y + rect.h > places.rows) return false;
  return places.cells.every((cell) => cell.id === moving || !touches(cell, rect));
}

export function cellAt(places: Places, x: number, y: number): string | null {
  return places.cells.find((cell) => touches(cell, { x, y, w: 0.001, h: 0.001 }))?.id ?? null;
}

/** `rect` moved to the nearest lines, within the display. */
export function moved(places: Places, rect: Rect, dx: number, dy: number): Rect {
  const others = without(places, rect);
  return {
    ...rect,
    x: slide(rect.x + dx, rect.w, places.columns, linesAcross(others)),
    y: slide(rect.y + dy, rect.h, places.rows, linesDown(others)),
  };
}

/** `rect` with one edge or corner moved to the nearest lines, within the display and not turned inside out. */
export function stretched(places: Places, rect: Rect, edge: Edge, dx: number, dy: number): Rect {
  const others = without(places, rect);
  const [across, down] = [linesAcross(others), linesDown(others)];
  let [left, top, right, bottom] = [rect.x, rect.y, rect.x + rect.w, rect.y + rect.h];
  if (edge.includes("w")) left = nearest(across.filter((line) => line < right), left + dx);
  if (edge.includes("e")) right = nearest(across.filter((line) => line > left), right + dx);
  if (edge.includes("n")) top = nearest(down.filter((line) => line < bottom), top + dy);
  if (edge.includes("s")) bottom = nearest(down.filter((line) => line > top), bottom + dy);
  return { x: left, y: top, w: right - left, h: bottom - top };
}

export type Direction = "left" | "right" | "up" | "down";

/** `rect` with its right or lower edge one line further: what Shift and an arrow key do. Null at the last line. */
export function nudged(places: Places, rect: Rect, direction: Direction): Rect | null {
  const others = without(places, rect);
  const across = direction === "left" || direction === "right";
  const [start, length] = across ? [rect.x, rect.w] : [rect.y, rect.h];
  const lines = (across ? linesAcross(others) : linesDown(others)).filter((line) => line > start);
  const end = start + length;
  const next =
    direction === "right" || direction === "down"
      ? lines.find((line) => line > end)
      : lines.findLast((line) => line < end);
  if (next === undefined) return null;
  return across ? { ...rect, w: next - start } : { ...rect, h: next - start };
}

/** The rectangle between two points that somebody draws, out to the nearest lines. */
export function drawn(places: Places, from: readonly [number, number], to: readonly [number, number]): Rect {
  const [x, w] = between(linesAcross(places), from[0], to[0]);
  const [y, h] = between(linesDown(places), from[1], to[1]);
  return { x, y, w, h };
}

/**
 * The place for what is dropped on free space at a point: the largest free rectangle there, or of it a part of at most
 * `most` round the point. Null where a cell stands.
 */
export function roomAt(places: Places, x: number, y: number, most: { readonly w: number; readonly h: number }): Rect | null {
  if (x < 0 || y < 0 || x >= places.columns || y >= places.rows || cellAt(places, x, y) !== null) return null;
  const room = largestRoom(places, x, y);
  if (!room) return null;
  const [left, w] = part(room.x, room.w, most.w, x, linesAcross(places));
  const [top, h] = part(room.y, room.h, most.h, y, linesDown(places));
  const rect = { x: left, y: top, w, h };
  return isFree(places, rect) ? rect : null;
}

function largestRoom(places: Places, x: number, y: number): Rect | null {
  const edges = [0, places.columns, ...places.cells.flatMap((cell) => [cell.x, cell.x + cell.w])];
  let best: Rect | null = null;
  for (const left of edges.filter((edge) => edge <= x)) {
    for (const right of edges.filter((edge) => edge > x)) {
      const between = places.cells.filter((cell) => cell.x < right && cell.x + cell.w > left);
      if (between.some((cell) => cell.y <= y && cell.y + cell.h > y)) continue;
      const top = Math.max(0, ...between.filter((cell) => cell.y <= y).map((cell) => cell.y + cell.h));
      const bottom = Math.min(places.rows, ...between.filter((cell) => cell.y > y).map((cell) => cell.y));
      const rect = { x: left, y: top, w: right - left, h: bottom - top };
      if (!best || worth(rect, places) > worth(best, places)) best = rect;
    }
  }
  return best;
}

/** Area, but what is far from the display's shape counts less. */
function worth(rect: Rect, places: Places): number {
  const across = rect.w / places.columns;
  const down = rect.h / places.rows;
  return across * down * (Math.min(across, down) / Math.max(across, down));
}

/** The one rectangle that several cells fill without a gap; null: they cannot be merged. */
export function union(cells: readonly Rect[]): Rect | null {
  if (cells.length < 2) return null;
  const x = Math.min(...cells.map((cell) => cell.x));
  const y = Math.min(...cells.map((cell) => cell.y));
  const w = Math.max(...cells.map((cell) => cell.x + cell.w)) - x;
  const h = Math.max(...cells.map((cell) => cell.y + cell.h)) - y;
  const filled = cells.reduce((sum, cell) => sum + cell.w * cell.h, 0);
  return filled === w * h ? { x, y, w, h } : null;
}

function without(places: Places, rect: Rect): Places {
  const { x, y, w, h } = rect;
  const same = (cell: Rect): boolean => cell.x === x && cell.y === y && cell.w === w && cell.h === h;
  return { ...places, cells: places.cells.filter((cell) => !same(cell)) };
}

function linesAcross({ columns, cells }: Places): number[] {
  return lines(columns, cells.flatMap((cell) => [cell.x, cell.x + cell.w]));
}

function linesDown({ rows, cells }: Places): number[] {
  return lines(rows, cells.flatMap((cell) => [cell.y, cell.y + cell.h]));
}

/** A regular line that is nearly another cell's edge would only leave a sliver: it gives way to the edge. */
function lines(length: number, edges: readonly number[]): number[] {
  const sliver = length / SMALLEST;
  const count = Math.min(STEPS, length);
  const regular = Array.from({ length: count + 1 }, (_, index) => Math.round((index * length) / count)).filter(
    (line) => line === 0 || line === length || edges.every((edge) => Math.abs(edge - line) >= sliver),
  );
  return [...new Set([...regular, ...edges])].sort((a, b) => a - b);
}

function nearest(candidates: readonly number[], to: number): number {
  return candidates.reduce((best, line) => (Math.abs(line - to) < Math.abs(best - to) ? line : best));
}

/** Where a length begins if one of its two ends lies on a line, whichever needs the smaller move. */
function slide(start: number, length: number, whole: number, among: readonly number[]): number {
  const kept = Math.max(0, Math.min(start, whole - length));
  const starts = [...among, ...among.map((line) => line - length)].filter((at) => at >= 0 && at + length <= whole);
  return nearest(starts, kept);
}

function between(among: readonly number[], a: number, b: number): [start: number, length: number] {
  const [low, high] = [Math.min(a, b), Math.max(a, b)];
  const start = among.findLast((line) => line <= low) ?? 0;
  const end = among.find((line) => line >= high && line > start) ?? among.at(-1) ?? 0;
  return [Math.min(start, end), Math.max(1, end - start)];
}

/** Of a room along one axis, at most `most` of it round a point, on lines. */
function part(from: number, length: number, most: number, at: number, among: readonly number[]): [number, number] {
  if (length <= most) return [from, length];
  const start = nearest(
    among.filter((line) => line >= from && line + most <= from + length),
    at - most / 2,
  );
  return [start, most];
}
