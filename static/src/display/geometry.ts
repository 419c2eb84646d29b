/** A rectangle; the unit is said where it is used (fractions of the display, or pixels of a picture). */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export type Size = readonly [width: number, height: number];

export const WHOLE: Rect = { x: 0, y: 0, w: 1, h: 1 };

/** Canvases are on even pixels and cells on fractions: differences below this share of the display mean nothing. */
const SNAP = 0.015;

export function rectOf(list: readonly number[]): Rect {
  const [x = 0, y = 0, w = 0, h = 0] = list;
  return { x, y, w, h };
}

/** The same rectangle, give or take `tolerance` on each side. */
export function sameRect(a: Rect, b: Rect, tolerance: number): boolean {
  return (
    Math.abs(a.x - b.x) <= tolerance &&
    Math.abs(a.y - b.y) <= tolerance &&
    Math.abs(a.x + a.w - b.x - b.w) <= tolerance &&
    Math.abs(a.y + a.h - b.y - b.h) <= tolerance
  );
}

/** The share of `a` that lies under `b`, 0 to 1. */
export function coveredShare(a: Rect, b: Rect): number {
  const w = Math.min(a.x + a.w, b.x + b.w) - Math.max(a.x, b.x);
  const h = Math.min(a.y + a.h, b.y + b.h) - Math.max(a.y, b.y);
  return w > 0 && h > 0 && a.w > 0 && a.h > 0 ? (w * h) / (a.w * a.h) : 0;
}

/** More than rounding: do both share a visible piece of the display? */
export function overlap(a: Rect, b: Rect): boolean {
  return coveredShare(a, b) > 0.02 || coveredShare(b, a) > 0.02;
}

/** A rectangle in pixels of a canvas, mapped to fractions of the display on which that canvas lies at `place`. */
export function fromCanvas(pixels: Rect, canvas: Size, place: Rect): Rect {
  const sx = place.w / canvas[0];
  const sy = place.h / canvas[1];
  return { x: place.x + pixels.x * sx, y: place.y + pixels.y * sy, w: pixels.w * sx, h: pixels.h * sy };
}

/** A cell as fractions of the display, and where its picture lies in the canvas in pixels. */
export interface CanvasCell {
  readonly onDisplay: Rect;
  readonly inCanvas: Rect;
}

/**
 * Where a mosaic's canvas lies on the display, in fractions of it: the place at which its cells fall on the
 * plan's cells. The whole display where that cannot be told.
 */
export function canvasPlace(cells: readonly CanvasCell[], canvas: Size): Rect {
  const across = axis(cells.map((c) => [c.inCanvas.x, c.inCanvas.w, c.onDisplay.x, c.onDisplay.w]));
  const down = axis(cells.map((c) => [c.inCanvas.y, c.inCanvas.h, c.onDisplay.y, c.onDisplay.h]));
  if (!across || !down) return WHOLE;
  const place = { x: across.offset, y: down.offset, w: across.scale * canvas[0], h: down.scale * canvas[1] };
  return sameRect(place, WHOLE, SNAP) ? WHOLE : place;
}

/** The line `display = offset + scale · pixels` through the outermost edges of all cells, along one axis. */
function axis(edges: readonly (readonly [number, number, number, number])[]): { offset: number; scale: number } | null {
  let low: readonly [pixels: number, display: number] | null = null;
  let high: readonly [pixels: number, display: number] | null = null;
  for (const [from, length, at, share] of edges) {
    if (!low || from < low[0]) low = [from, at];
    if (!high || from + length > high[0]) high = [from + length, at + share];
  }
  if (!low || !high || high[0] <= low[0] || high[1] <= low[1]) return null;
  const scale = (high[1] - low[1]) / (high[0] - low[0]);
  return { offset: low[1] - low[0] * scale, scale };
}
