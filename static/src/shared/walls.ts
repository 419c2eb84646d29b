/** Walls as the API gives them, and what the console works out from them. Pure. */
import type { Command } from "./commands";
import type { CameraState, State } from "./states";

/** A snapshot. What is as it is by default is left out. */
export interface Wall {
  readonly id: string;
  readonly name: string;
  readonly revision: number;
  /** Columns and rows of displays, and what lies between their pictures, in pixels of the wall. */
  readonly columns: number;
  readonly rows: number;
  readonly bezel_x: number;
  readonly bezel_y: number;
  readonly displays: readonly Display[];
  readonly tours: readonly Tour[];
  readonly scenes: readonly Scene[];
  /** The revisions that undo and redo lead to, the next one last. */
  readonly past: readonly number[];
  readonly future: readonly number[];
}

export interface Display {
  readonly id: string;
  readonly name: string;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly column: number;
  readonly row: number;
  readonly locked?: boolean;
  /** Not as a whole for whoever looks at it to rearrange: the page's own word (`scope.ts`). */
  readonly notTheirs?: boolean;
  readonly layout: { readonly columns: number; readonly rows: number; readonly cells: readonly Cell[] };
}

export type Fit = "contain" | "cover";

/** A rectangle in whole numbers. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** x, y, w, h in units of the layout's grid. */
export interface Cell extends Box {
  readonly id: string;
  readonly fit: Fit;
  readonly content: Content;
  /** The part of the picture that is shown, in ten-thousandths of its sides. */
  readonly zoom?: Box;
  /** Instead of the content's own name; "": none. */
  readonly label?: string;
  readonly locked?: boolean;
  /** As with displays. */
  readonly notTheirs?: boolean;
  /** Its share of a picture that several displays show together; pixels of the wall. */
  readonly part?: Box & { readonly span: string; readonly width: number; readonly height: number };
}

export type Content =
  | { readonly type: "camera"; readonly camera: string }
  | { readonly type: "tour"; readonly tour: string }
  | PanelContent
  | { readonly type: "empty" };

export type PanelContent = { readonly type: "panel" } & Panel;

export type Panel =
  | { readonly panel: "clock"; readonly time_zone: string }
  | { readonly panel: "text"; readonly text: string }
  | { readonly panel: "image"; readonly url: string }
  | { readonly panel: "web"; readonly url: string }
  | { readonly panel: "states"; readonly selector: Selector };

/** The cameras of the catalogue that have all of these. */
export interface Selector {
  readonly district?: string;
  readonly kind?: string;
  readonly risk?: string;
  readonly state?: string;
}

/** Cameras that take turns: a list, or what a selector finds. */
export interface Tour {
  readonly id: string;
  readonly name: string;
  readonly cameras?: readonly string[];
  readonly selector?: Selector;
  readonly dwell_s: number;
  readonly order: "fixed" | "random" | "risk";
  readonly red_every_minutes?: number;
}

/** Layouts of some displays, to be had again by name or digit. */
export interface Scene {
  readonly id: string;
  readonly name: string;
  readonly revision: number;
  readonly displays: readonly string[];
  readonly key?: number;
}

export interface Camera extends CameraState {
  readonly id: string;
  readonly name: string;
  readonly district: string | null;
  readonly village: string | null;
  readonly lorong: string | null;
  /** Degrees of WGS 84; null where nobody knows. */
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly kind: string;
  readonly risk: "red" | "yellow" | "green";
  /** Its main stream first, its lightest last. */
  readonly streams: readonly string[];
  /** Parts of it are masked: of what was, nothing can be seen. */
  readonly masked: boolean;
}

/** Whose turn it is where, of `/api/walls/{id}/tours`. */
export interface TourNow {
  readonly places: readonly {
    readonly cells: readonly { readonly display: string; readonly cell: string }[];
    readonly camera: string | null;
  }[];
}

/** What `/api/displays` says of a display beyond its layout. */
export interface DisplayFacts {
  readonly id: string;
  readonly paired: boolean;
  /** How many browsers show it now. */
  readonly connected: number;
}

/** One cell of one display of one wall. */
export interface CellAddress {
  readonly wall: string;
  readonly display: string;
  readonly cell: string;
}

export function sameContent(a: Content, b: Content): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(content: Content): [string, unknown][] {
  return Object.entries(content).sort(([a], [b]) => (a < b ? -1 : 1));
}

export function sameCell(a: CellAddress | null, b: CellAddress | null): boolean {
  return a !== null && b !== null && a.wall === b.wall && a.display === b.display && a.cell === b.cell;
}

export function cameraOf(cell: Cell): string | null {
  return cell.content.type === "camera" ? cell.content.camera : null;
}

/** The display and cell that an address names, with the cell's number as people count: from 1, in reading order. */
export function findCell(
  wall: Wall | undefined,
  address: CellAddress,
): { readonly display: Display; readonly cell: Cell; readonly number: number } | null {
  const display = wall?.displays.find((one) => one.id === address.display);
  const cells = display ? inReadingOrder(display.layout.cells) : [];
  const index = cells.findIndex((one) => one.id === address.cell);
  const cell = cells[index];
  return display && cell ? { display, cell, number: index + 1 } : null;
}

export function inReadingOrder(cells: readonly Cell[]): Cell[] {
  return [...cells].sort((a, b) => a.y - b.y || a.x - b.x);
}

/** The command that makes a cell show this camera, or nothing. */
export function showing(address: CellAddress, camera: string | null): Command {
  const { display, cell } = address;
  return camera === null ? { type: "clear", display, cell } : { type: "assign", display, cell, content: { type: "camera", camera } };
}

/** A cell that shows something else than before. */
export interface Difference {
  readonly display: string;
  readonly number: number;
  readonly before: Content;
  readonly after: Content;
}

/** What changed between two revisions of a wall: cells that show something else, displays that have other cells. */
export function differences(before: Wall, after: Wall): { cells: Difference[]; layouts: string[] } {
  const cells: Difference[] = [];
  const layouts: string[] = [];
  for (const display of after.displays) {
    const old = before.displays.find((one) => one.id === display.id);
    if (!old || geometry(old) !== geometry(display)) {
      layouts.push(display.name);
      continue;
    }
    inReadingOrder(display.layout.cells).forEach((cell, index) => {
      const was = old.layout.cells.find((one) => one.id === cell.id);
      if (!was || sameContent(was.content, cell.content)) return;
      cells.push({ display: display.name, number: index + 1, before: was.content, after: cell.content });
    });
  }
  return { cells, layouts };
}

function geometry({ layout }: Display): string {
  return JSON.stringify([
    layout.columns,
    layout.rows,
    inReadingOrder(layout.cells).map(({ id, x, y, w, h }) => [id, x, y, w, h]),
  ]);
}

export type Direction = "left" | "right" | "up" | "down";

/** The cell that an arrow key leads to: the nearest whose middle lies that way; null at the edge. */
export function neighbour(cells: readonly Cell[], from: Cell, direction: Direction): Cell | null {
  return neighbourOf(cells, from, (cell) => cell, direction);
}

/** The same for anything that has a rectangle. */
export function neighbourOf<T>(all: readonly T[], from: T, rectOf: (one: T) => Box, direction: Direction): T | null {
  const across = direction === "left" || direction === "right";
  const sign = direction === "left" || direction === "up" ? -1 : 1;
  const here = rectOf(from);
  let best: T | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const one of all) {
    const rect = rectOf(one);
    const dx = rect.x + rect.w / 2 - here.x - here.w / 2;
    const dy = rect.y + rect.h / 2 - here.y - here.h / 2;
    const [along, aside] = across ? [dx * sign, Math.abs(dy)] : [dy * sign, Math.abs(dx)];
    if (along <= 0) continue;
    const distance = along + 2 * aside;
    if (distance >= least) continue;
    best = one;
    least = distance;
  }
  return best;
}

/** How many cameras there are in each state, in the order in which a person looks: good, doubtful, bad, calm. */
export function countStates(cameras: readonly Camera[], order: readonly State[]): { state: State; count: number }[] {
  return order.flatMap((state) => {
    const count = cameras.filter((camera) => camera.state === state).length;
    return count > 0 ? [{ state, count }] : [];
  });
}
