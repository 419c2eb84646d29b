/** The rectangle of a zoom while it is drawn and moved, in ten-thousandths of the picture. Pure. */
import type { Box } from "../console/walls";

export const WHOLE_SIDE = 10_000;
export const WHOLE: Box = { x: 0, y: 0, w: WHOLE_SIDE, h: WHOLE_SIDE };
/** A twentieth of a side: what can still be drawn by hand. */
const LEAST = 500;
const STEP = 250;

/** The box between two points (fractions of the picture, 0 to 1); null: too small to be meant. */
export function boxBetween(a: readonly [number, number], b: readonly [number, number]): Box | null {
  const [left, right] = [a[0], b[0]].map(side).sort((m, n) => m - n) as [number, number];
  const [top, bottom] = [a[1], b[1]].map(side).sort((m, n) => m - n) as [number, number];
  const box = { x: left, y: top, w: right - left, h: bottom - top };
  return box.w < LEAST || box.h < LEAST ? null : box;
}

/** What a key does to it; null: nothing. */
export function boxAfterKey(box: Box, key: string): Box | null {
  const move = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[key];
  if (move) return within({ ...box, x: box.x + (move[0] ?? 0), y: box.y + (move[1] ?? 0) });
  if (key === "+" || key === "=") return scaled(box, 0.8);
  if (key === "-") return scaled(box, 1.25);
  return null;
}

export function isWhole(box: Box): boolean {
  return box.w === WHOLE_SIDE && box.h === WHOLE_SIDE;
}

/** Round its middle, as far as the picture goes. */
function scaled(box: Box, factor: number): Box {
  const w = Math.round(Math.max(LEAST, Math.min(WHOLE_SIDE, box.w * factor)));
  const h = Math.round(Math.max(LEAST, Math.min(WHOLE_SIDE, box.h * factor)));
  return within({ x: Math.round(box.x + (box.w - w) / 2), y: Math.round(box.y + (box.h - h) / 2), w, h });
}

function within({ x, y, w, h }: Box): Box {
  return { x: Math.max(0, Math.min(WHOLE_SIDE - w, x)), y: Math.max(0, Math.min(WHOLE_SIDE - h, y)), w, h };
}

function side(share: number): number {
  return Math.round(Math.max(0, Math.min(1, share)) * WHOLE_SIDE);
}
