/** What control says over `/ws/display`. */
import type { SlotLayout } from "./cells";
import { type CameraState, isState, type State } from "../shared/states";
import { type CanvasCell, canvasPlace, fromCanvas, type Rect, rectOf, type Size, WHOLE } from "./geometry";

/** Pixels of a planned canvas that mean nothing: a light mosaic's canvas and cells are rounded at half of it. */
export const PIXELS = 4;

export interface Plan {
  readonly plan: number;
  readonly revision: number;
  readonly wall: string;
  readonly display: {
    readonly id: string;
    readonly name: string;
    readonly width: number;
    readonly height: number;
  };
  readonly cells: readonly PlanCell[];
  readonly slots: readonly (string | null)[];
  readonly canvases: readonly { readonly slot: number; readonly width: number; readonly height: number }[];
  /** It is lighter than it could be, as this display had more than it bears. */
  readonly eased?: boolean;
}

/** One cell; x, y, w, h are fractions of the display. */
export interface PlanCell extends Rect {
  readonly id: string;
  readonly camera: string | null;
  readonly name: string;
  readonly fit: "contain" | "cover";
  readonly via: {
    /** Null where the cell is shown by stills. */
    readonly slot: number | null;
    readonly kind: "mosaic" | "camera" | "still";
    /** Pixels of the canvas; null for a camera slot. */
    readonly rect: readonly number[] | null;
  } | null;
  /** The part of the camera's picture that is shown, fractions of it; not there: all of it. */
  readonly zoom?: Rect;
  /** Where the whole of a picture lies of which this cell shows a share: fractions of this display, also beyond it. */
  readonly span?: Rect;
  /** Something else than a camera's picture. */
  readonly panel?: Panel;
}

export type Panel =
  | { readonly panel: "clock"; readonly time_zone: string }
  | { readonly panel: "text"; readonly text: string }
  | { readonly panel: "image" | "web"; readonly url: string; readonly allowed: boolean }
  | { readonly panel: "states" };

/** A line of a panel that lists cameras. */
export interface ListedCamera {
  readonly name: string;
  readonly state: State;
  readonly since_ms: number | null;
}

/** The worst cameras of a list, and how many of all its cameras are in each state. */
export interface CameraListing {
  readonly cameras: readonly ListedCamera[];
  readonly counts: Readonly<Partial<Record<State, number>>>;
}

export type ServerMessage =
  | ({ readonly t: "plan" } & Plan)
  | { readonly t: "states"; readonly cameras: Readonly<Record<string, CameraState>> }
  | { readonly t: "gone" }
  /** It is on no wall just now. */
  | { readonly t: "removed" }
  | { readonly t: "lost"; readonly session: string }
  | { readonly t: "lists"; readonly cells: Readonly<Record<string, CameraListing>> }
  | { readonly t: "identify"; readonly number: number; readonly ms: number }
  | { readonly t: "reload" }
  | { readonly t: "server"; readonly time_ms: number };

/** Reads a message of the server; null for what this page does not know (a newer server may say more). */
export function parseServerMessage(text: string): ServerMessage | null {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof message !== "object" || message === null) return null;
  const said = message as Record<string, unknown>;
  if (said.t === "plan") return isPlan(said) ? (said as unknown as ServerMessage) : null;
  if (said.t === "states") {
    return typeof said.cameras === "object" && said.cameras !== null
      ? { t: "states", cameras: knownStates(said.cameras as Record<string, CameraState>) }
      : null;
  }
  if (said.t === "lists") return typeof said.cells === "object" && said.cells !== null ? (said as unknown as ServerMessage) : null;
  if (said.t === "identify") {
    const { number, ms } = said;
    return typeof number === "number" && typeof ms === "number" ? { t: "identify", number, ms } : null;
  }
  if (said.t === "reload") return { t: "reload" };
  if (said.t === "lost") return typeof said.session === "string" ? { t: "lost", session: said.session } : null;
  if (said.t === "removed") return { t: "removed" };
  return said.t === "gone" || said.t === "server" ? (said as unknown as ServerMessage) : null;
}

function isPlan(said: Record<string, unknown>): boolean {
  return (
    typeof said.plan === "number" &&
    typeof said.display === "object" &&
    said.display !== null &&
    Array.isArray(said.cells) &&
    Array.isArray(said.slots) &&
    Array.isArray(said.canvases)
  );
}

function knownStates(cameras: Record<string, CameraState>): Record<string, CameraState> {
  return Object.fromEntries(Object.entries(cameras).filter(([, facts]) => isState(facts?.state)));
}

/** The size in pixels of the mosaic in this slot, if the plan has one there. */
export function canvasSize(plan: Plan, slot: number): Size | null {
  const canvas = plan.canvases.find((one) => one.slot === slot);
  return canvas ? [canvas.width, canvas.height] : null;
}

/** Is a picture of this layout one of the mosaic that the plan has in this slot, or of its light version? */
export function isPlannedMosaic(plan: Plan, slot: number, { canvas: [width, height], stream }: SlotLayout): boolean {
  const size = canvasSize(plan, slot);
  const planned = plan.slots[slot];
  if (!size || !planned) return false;
  const times = stream === planned ? 1 : stream === `${planned}_light` ? 2 : 0;
  return Math.abs(times * width - size[0]) <= PIXELS && Math.abs(times * height - size[1]) <= PIXELS;
}

/** Where the mosaic of this slot lies on the display, in fractions of it. */
export function mosaicPlace(plan: Plan, slot: number): Rect {
  const size = canvasSize(plan, slot);
  const cells = plan.cells.flatMap((cell): CanvasCell[] =>
    cell.via?.slot === slot && cell.via.rect ? [{ onDisplay: cell, inCanvas: rectOf(cell.via.rect) }] : [],
  );
  return size ? canvasPlace(cells, size) : WHOLE;
}

/** Where each cell's picture is to be: the cell itself, or its rectangle of the mosaic as mapped to the display. */
export function cellPlaces(plan: Plan): ReadonlyMap<PlanCell, Rect> {
  const mosaics = new Map(
    plan.canvases.map(({ slot, width, height }) => [slot, { size: [width, height], place: mosaicPlace(plan, slot) }] as const),
  );
  return new Map(
    plan.cells.map((cell): [PlanCell, Rect] => {
      const { x, y, w, h, via } = cell;
      const mosaic = via && via.slot !== null ? mosaics.get(via.slot) : undefined;
      return [cell, via?.rect && mosaic ? fromCanvas(rectOf(via.rect), mosaic.size, mosaic.place) : { x, y, w, h }];
    }),
  );
}

/** The cameras of a plan that are not on the one before. */
export function camerasNewIn(plan: Plan, before: Plan | null): readonly string[] {
  const known = new Set(before?.cells.map(({ camera }) => camera));
  return plan.cells.flatMap(({ camera }) => (camera === null || known.has(camera) ? [] : camera));
}

/** Another one for each camera that a cell asks for. */
export function askKey(cell: PlanCell): string {
  return `${cell.id} ${cell.camera}`;
}
