/**
 * What the gateway says over the data channel `cells`: the layout of a slot (text), and for each composed picture of a
 * mosaic its cell table (binary, big endian):
 *
 *     u8 type = 1 | u8 slot | u32 RTP timestamp | u32 layout epoch (low 32 bits) | per cell: u8 flags, u16 age
 *
 * Flags bit 0: this picture of the cell is new. Age in steps of 10 ms; 0xFFFE: that or more, 0xFFFF: the cell is blank.
 */
import { type Rect, rectOf, type Size } from "./geometry";
import { atOrAfter, COMPARABLE_MS, rtpDistance } from "./rtp";

/** What a slot shows from the picture with RTP timestamp `fromTs` on. */
export interface SlotLayout {
  readonly slot: number;
  readonly fromTs: number;
  /** Its pictures' timestamps are multiples of this away from `fromTs`: those of what comes next are not. */
  readonly marks: number;
  readonly kind: "mosaic" | "camera" | "none";
  readonly stream: string;
  readonly epoch: number;
  readonly canvas: Size;
  readonly cells: readonly LayoutCell[];
}

export interface LayoutCell {
  readonly camera: string;
  /** Pixels of the canvas. */
  readonly rect: Rect;
}

/** The cell table of one composed picture. */
export interface CellTable {
  readonly slot: number;
  readonly ts: number;
  readonly epoch: number;
  readonly cells: readonly TableCell[];
}

export interface TableCell {
  readonly fresh: boolean;
  /** Age of the cell's picture when it was composed; null: the cell is blank. */
  readonly ageMs: number | null;
}

const HEADER = 10;
const CELL = 3;
const BLANK = 0xffff;
/** Age (ms) of a cell's picture beyond which tables say no more. */
export const MOST_TOLD_MS = 0xfffe * 10;

/** Reads a layout; null if this text is not one. */
export function parseLayout(text: string): SlotLayout | null {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(message) || message.t !== "layout") return null;
  const { slot, from_ts: fromTs, marks, kind, stream, epoch, canvas, cells } = message;
  if (typeof slot !== "number" || typeof fromTs !== "number") return null;
  if (kind !== "mosaic" && kind !== "camera" && kind !== "none") return null;
  return {
    slot,
    fromTs,
    marks: typeof marks === "number" && marks > 0 ? marks : 1,
    kind,
    stream: typeof stream === "string" ? stream : "",
    epoch: typeof epoch === "number" ? epoch : 0,
    canvas: isNumbers(canvas, 2) ? [canvas[0] ?? 0, canvas[1] ?? 0] : [0, 0],
    cells: Array.isArray(cells) ? cells.flatMap(layoutCell) : [],
  };
}

function layoutCell(cell: unknown): LayoutCell[] {
  if (!isRecord(cell) || typeof cell.camera !== "string" || !isNumbers(cell.rect, 4)) return [];
  return [{ camera: cell.camera, rect: rectOf(cell.rect) }];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isNumbers(value: unknown, length: number): value is number[] {
  return Array.isArray(value) && value.length === length && value.every((one) => typeof one === "number");
}

/** Reads a cell table; null if these bytes are not one. */
export function parseTable(bytes: ArrayBuffer): CellTable | null {
  const view = new DataView(bytes);
  if (view.byteLength < HEADER || (view.byteLength - HEADER) % CELL !== 0 || view.getUint8(0) !== 1) return null;
  const cells: TableCell[] = [];
  for (let at = HEADER; at < view.byteLength; at += CELL) {
    const age = view.getUint16(at + 1);
    cells.push({ fresh: (view.getUint8(at) & 1) === 1, ageMs: age === BLANK ? null : age * 10 });
  }
  return { slot: view.getUint8(1), ts: view.getUint32(2), epoch: view.getUint32(6), cells };
}

/** May the picture with RTP timestamp `ts` be of this layout? What is said of the next one may be late. */
export function mayBeOf({ fromTs, marks }: SlotLayout, ts: number): boolean {
  return rtpDistance(ts, fromTs) % marks === 0;
}

/** The layouts of one slot that were announced, and the one in force at the picture that is shown. */
export class LayoutTimeline {
  #inForce: SlotLayout | null = null;
  #announced: { readonly layout: SlotLayout; readonly at: number }[] = [];

  /** @param now monotonic ms */
  announce(layout: SlotLayout, now: number): void {
    this.#announced.push({ layout, at: now });
    if (this.#announced.length > 32) this.#announced.shift();
  }

  /** Nothing stands behind the slot since, and no picture of anything later was shown. */
  get emptied(): boolean {
    return this.#inForce?.kind === "none" || this.#announced.some(({ layout }) => layout.kind === "none");
  }

  /**
   * The layout in force at the picture with RTP timestamp `ts`, which is on the screen at `now` (monotonic ms). Only
   * what was announced lately is compared with `ts`: what came into force stays so, however far the clock has run
   * since, and a browser that drew nothing for a night, its screen being off, has long reached what it was told then.
   */
  at(ts: number, now: number): SlotLayout | null {
    let reached = -1;
    this.#announced.forEach(({ layout, at }, index) => {
      if (now - at > COMPARABLE_MS || atOrAfter(ts, layout.fromTs)) reached = index;
    });
    if (reached >= 0) {
      this.#inForce = this.#announced[reached]?.layout ?? null;
      this.#announced.splice(0, reached + 1);
    }
    return this.#inForce;
  }
}

/** Cell tables that wait for their picture to be shown. */
export class TableQueue {
  #waiting: CellTable[] = [];

  add(table: CellTable): void {
    this.#waiting.push(table);
    if (this.#waiting.length > 256) this.#waiting.shift();
  }

  /** The table of the picture with RTP timestamp `ts`, if it is there; those of earlier pictures are let go. */
  take(ts: number): CellTable | null {
    const found = this.#waiting.find((table) => table.ts === ts) ?? null;
    this.#waiting = this.#waiting.filter((table) => !atOrAfter(ts, table.ts));
    return found;
  }
}
