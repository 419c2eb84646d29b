/**
 * What is known of the pictures that one slot shows: which layout, and for each cell how old its picture is. Fed by
 * decoded pictures and the data channel alone; a clock only ever takes a live mark away.
 */
import { type CellTable, type LayoutCell, LayoutTimeline, MOST_TOLD_MS, mayBeOf, type SlotLayout, type TableCell, TableQueue } from "./cells";
import { COMPARABLE_MS } from "./rtp";

/** A cell without a new picture for longer than this is stale. */
export const STALE_AFTER_MS = 2000;

/** The picture in one cell of a slot. Times are `performance.now()`. */
export interface CellPicture {
  readonly camera: string;
  readonly layout: LayoutCell;
  /** The tiler had no picture to show. */
  blank: boolean;
  blankSince: number | null;
  /** A decoded picture was new for this cell, and that is not longer ago than STALE_AFTER_MS. */
  lit: boolean;
  /** Age of the cell's picture at `at`; for a camera slot 0 when it was presented. */
  ageThen: number;
  at: number;
  /** New pictures of the camera that were on the screen since this layout began. */
  frames: number;
}

/** Age of the cell's picture in ms, or null where there is none. */
export function ageOf(picture: CellPicture, now: number): number | null {
  return picture.blank ? null : picture.ageThen + Math.max(0, now - picture.at);
}

export class SlotPicture {
  /** The layout of the picture that is shown; null until one was decoded. */
  shown: SlotLayout | null = null;
  cells: CellPicture[] = [];
  /** Since when the shown picture has been of a layout that is not known yet: names would be guesses. */
  unnamedAt: number | null = null;
  presentedAt: number | null = null;
  #presentedTs: number | null = null;
  #heldMs = 0;
  #sinceLayout = 0;
  readonly #timeline = new LayoutTimeline();
  readonly #tables = new TableQueue();

  /** What it showed last is of the past: nothing stands behind the slot, or what does has no picture yet. */
  get emptied(): boolean {
    return this.#timeline.emptied;
  }

  /** A layout was announced. Returns whether what is to be seen changed. */
  announce(layout: SlotLayout, now: number): boolean {
    this.#timeline.announce(layout, now);
    // A picture that was there long ago is of no layout that is announced now.
    if (this.presentedAt === null || now - this.presentedAt >= COMPARABLE_MS || this.#presentedTs === null) return false;
    return this.#enter(this.#presentedTs, this.presentedAt);
  }

  /** A cell table arrived, as a rule before its picture. Returns whether what is to be seen changed. */
  addTable(table: CellTable, now: number): boolean {
    this.#tables.add(table);
    return table.ts === this.#presentedTs && this.#applyTableOf(table.ts, now) === true;
  }

  /**
   * The picture with this RTP timestamp is on the screen, `heldMs` after it had arrived: a browser that cannot keep up
   * shows what is old. Returns whether anything but ages changed.
   */
  present(ts: number, now: number, heldMs = 0): boolean {
    this.#presentedTs = ts;
    this.presentedAt = now;
    this.#heldMs = heldMs;
    const entered = this.#enter(ts, now);
    if (!this.shown) return entered;
    if (!mayBeOf(this.shown, ts)) return this.#name(false, now) || entered;
    // A camera's picture has a table only when it is a repeat, or old: then the table is the truth.
    const told = this.#applyTableOf(ts, now);
    const changed = told ?? (this.shown.kind === "mosaic" ? false : this.#applyFrame(now));
    return changed || entered;
  }

  /** Takes away the live marks that nothing new supports. Returns whether there were any. */
  expire(now: number): boolean {
    let changed = false;
    for (const cell of this.cells) {
      if (!cell.lit || (ageOf(cell, now) ?? Number.POSITIVE_INFINITY) <= STALE_AFTER_MS) continue;
      cell.lit = false;
      changed = true;
    }
    return changed;
  }

  get unnamed(): boolean {
    return this.unnamedAt !== null;
  }

  /** The slot is no longer to be seen: what it shows next must be decoded first. */
  forget(): void {
    this.shown = null;
    this.cells = [];
    this.unnamedAt = null;
    this.#presentedTs = null;
  }

  #enter(ts: number, now: number): boolean {
    const layout = this.#timeline.at(ts, now);
    if (layout === this.shown || layout === null || layout.kind === "none") return false;
    const before = new Map(this.cells.map((cell) => [cell.camera, cell]));
    this.shown = layout;
    // What is said of the one before the last may come first.
    this.unnamedAt = mayBeOf(layout, ts) ? null : (this.unnamedAt ?? now);
    this.#sinceLayout = 0;
    this.cells = layout.cells.map((cell) => {
      const old = before.get(cell.camera);
      const fresh = { blank: false, blankSince: null, lit: false, ageThen: this.#heldMs, at: now };
      return { ...(old ?? fresh), camera: cell.camera, layout: cell, frames: 0 };
    });
    return true;
  }

  /** The layout of what is shown is known, or not. Returns whether that is new. */
  #name(known: boolean, now: number): boolean {
    const changed = this.unnamed === known;
    this.unnamedAt = known ? null : (this.unnamedAt ?? now);
    return changed;
  }

  #applyFrame(now: number): boolean {
    const [cell] = this.cells;
    if (!cell) return false;
    // A cached keyframe may stand alone for seconds; a second picture shows that the camera runs.
    this.#sinceLayout += 1;
    cell.frames += 1;
    const lit = this.#heldMs <= STALE_AFTER_MS && (cell.lit || this.#sinceLayout > 1);
    const changed = this.#name(true, now) || lit !== cell.lit;
    Object.assign(cell, { lit, ageThen: this.#heldMs, at: now });
    return changed;
  }

  /** What the table of this picture changed; null where there is none. */
  #applyTableOf(ts: number, now: number): boolean | null {
    const table = this.#tables.take(ts);
    if (!table || !this.shown) return null;
    const known = table.epoch === this.shown.epoch >>> 0 && table.cells.length === this.cells.length;
    let changed = this.#name(known, now);
    if (!known) return changed;
    this.cells.forEach((cell, index) => {
      const entry = table.cells[index];
      if (!entry) return;
      const blank = entry.ageMs === null;
      const ageMs = this.#ageOf(cell, entry, now);
      if (entry.fresh && !blank) cell.frames += 1;
      if (!entry.fresh) this.#sinceLayout = 0; // a camera's next picture alone does not show that it runs
      const young = !blank && ageMs <= STALE_AFTER_MS;
      const lit = young && (entry.fresh || cell.lit);
      changed ||= blank !== cell.blank || lit !== cell.lit;
      if (blank !== cell.blank) cell.blankSince = blank ? now : null;
      Object.assign(cell, { blank, lit, ageThen: ageMs, at: now });
    });
    return changed;
  }

  /** Of a picture that is older than tables say it is known by itself how old it has become. */
  #ageOf(cell: CellPicture, { ageMs }: TableCell, now: number): number {
    if (ageMs === null) return 0;
    const told = ageMs + this.#heldMs;
    return ageMs < MOST_TOLD_MS ? told : Math.max(told, ageOf(cell, now) ?? 0);
  }
}
