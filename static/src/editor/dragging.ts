/** What a drag would do where the pointer is: the command, and whether it is legal. Pure. */
import { whyShut } from "../shared/scope";
import { type Cell, type Content, type Display, sameContent } from "../shared/walls";
import type { Rect } from "../display/geometry";
import type { Command } from "../shared/commands";
import { cellAt, drawn, type Edge, isFree, moved, type Places, roomAt, stretched } from "./grid";
import { displayAt, gridPoint, type HungDisplay, type HungWall } from "../shared/hang";

/** What is being dragged. Points are in pixels of the wall. */
export type Dragged =
  | { readonly kind: "content"; readonly content: Content }
  | { readonly kind: "cell"; readonly display: string; readonly cell: string; readonly from: Point }
  | { readonly kind: "edge"; readonly display: string; readonly cell: string; readonly edge: Edge; readonly from: Point }
  | { readonly kind: "draw"; readonly display: string; readonly from: Point };

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where it would land, in units of that display's grid. */
export interface Target {
  readonly display: string;
  readonly rect: Rect;
  readonly what: "show" | "place" | "swap" | "move" | "resize";
  readonly legal: boolean;
  /** null: nothing would change. */
  readonly command: Command | null;
}

/** null: nowhere, as between two displays. */
export function targetOf(wall: HungWall, dragged: Dragged, at: Point): Target | null {
  if (dragged.kind === "edge" || dragged.kind === "draw") {
    const hung = wall.displays.find(({ display }) => display.id === dragged.display);
    if (!hung) return null;
    return dragged.kind === "edge" ? resized(hung, dragged, at) : placed(hung, dragged.from, at);
  }
  const under = displayAt(wall, at.x, at.y);
  if (!under) return null;
  const { hung, gx, gy } = under;
  if (dragged.kind === "content") return dropped(hung.display, dragged.content, gx, gy);
  return carried(wall, hung, dragged, at, gx, gy);
}

function dropped(display: Display, content: Content, gx: number, gy: number): Target | null {
  const places = placesOf(display);
  const on = display.layout.cells.find(({ id }) => id === cellAt(places, gx, gy));
  if (on) {
    const command = sameContent(on.content, content)
      ? null
      : ({ type: "assign", display: display.id, cell: on.id, content } as const);
    return { display: display.id, rect: on, what: "show", legal: isOpen(display, on), command };
  }
  const most = { w: Math.ceil(places.columns / 2), h: Math.ceil(places.rows / 2) };
  const rect = roomAt(places, gx, gy, most);
  if (!rect) return null;
  const command = { type: "place", display: display.id, ...plain(rect), content } as const;
  return { display: display.id, rect, what: "place", legal: isOpen(display), command };
}

/** A cell dropped on another one changes places with it; on free space it moves there. */
function carried(
  wall: HungWall,
  hung: HungDisplay,
  dragged: Extract<Dragged, { kind: "cell" }>,
  at: Point,
  gx: number,
  gy: number,
): Target | null {
  const home = wall.displays.find(({ display }) => display.id === dragged.display);
  const cell = home?.display.layout.cells.find(({ id }) => id === dragged.cell);
  if (!home || !cell) return null;
  const { display } = hung;
  const own = display.id === home.display.id ? cell.id : null;
  const onId = cellAt(placesOf(display), gx, gy);
  const on = display.layout.cells.find(({ id }) => id === onId && id !== own);
  const open = isOpen(home.display, cell);
  if (on && !(on.part && on.part.span === cell.part?.span)) {
    const command = {
      type: "swap",
      display: home.display.id,
      cell: cell.id,
      other_display: display.id,
      other_cell: on.id,
    } as const;
    return { display: display.id, rect: on, what: "swap", legal: open && isOpen(display, on), command };
  }
  const [began, now] = [gridPoint(home, dragged.from.x, dragged.from.y), gridPoint(hung, at.x, at.y)];
  const rect = moved(placesOf(display, own), cell, now.gx - began.gx, now.gy - began.gy);
  const still = own !== null && rect.x === cell.x && rect.y === cell.y;
  // Its own display need not be theirs as a whole.
  const legal = open && (own !== null || isOpen(display)) && isFree(placesOf(display), rect, own);
  const goal = own === null ? { to_display: display.id } : {};
  const command = still
    ? null
    : ({ type: "move", display: home.display.id, cell: cell.id, x: rect.x, y: rect.y, ...goal } as const);
  return { display: display.id, rect: plain(rect), what: "move", legal, command };
}

function resized(hung: HungDisplay, dragged: Extract<Dragged, { kind: "edge" }>, at: Point): Target | null {
  const { display } = hung;
  const cell = display.layout.cells.find(({ id }) => id === dragged.cell);
  if (!cell) return null;
  const [began, now] = [gridPoint(hung, dragged.from.x, dragged.from.y), gridPoint(hung, at.x, at.y)];
  const places = placesOf(display);
  return resizing(display, cell, stretched(places, cell, dragged.edge, now.gx - began.gx, now.gy - began.gy));
}

/** A cell with another rectangle: by its handles, or by keys. */
export function resizing(display: Display, cell: Cell, rect: Rect): Target {
  const same = rect.x === cell.x && rect.y === cell.y && rect.w === cell.w && rect.h === cell.h;
  const command = { type: "resize", display: display.id, cell: cell.id, ...plain(rect) } as const;
  return {
    display: display.id,
    rect: plain(rect),
    what: "resize",
    legal: isOpen(display, cell) && isFree(placesOf(display), rect, cell.id),
    command: same ? null : command,
  };
}

function placed(hung: HungDisplay, from: Point, to: Point): Target {
  const { display } = hung;
  const places = placesOf(display);
  const [a, b] = [gridPoint(hung, from.x, from.y), gridPoint(hung, to.x, to.y)];
  const rect = drawn(places, [a.gx, a.gy], [b.gx, b.gy]);
  const command = { type: "place", display: display.id, ...rect, content: { type: "empty" } } as const;
  return { display: display.id, rect, what: "place", legal: isOpen(display) && isFree(places, rect), command };
}

/** The cell on which a drop lands, where it is there already: the one that is selected then. */
export function landingOf(command: Command): { readonly display: string; readonly cell: string } | null {
  if (command.type === "assign") return { display: command.display, cell: command.cell };
  return command.type === "swap" ? { display: command.other_display, cell: command.other_cell } : null;
}

export function placesOf({ layout }: Display, without: string | null = null): Places {
  return without === null ? layout : { ...layout, cells: layout.cells.filter(({ id }) => id !== without) };
}

function isOpen(display: Display, cell?: Cell): boolean {
  return whyShut(display, cell) === null;
}

function plain({ x, y, w, h }: Rect): Rect {
  return { x, y, w, h };
}
