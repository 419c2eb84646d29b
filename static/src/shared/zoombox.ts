/** The rectangle of a zoom while it is drawn and moved, in ten-thousandths of the picture. Pure. */
import type { Box } from "./walls";

export const WHOLE_SIDE = 10_000;
export const WHOLE: Box = { x: 0, y: 0, w: WHOLE_SIDE, h: WHOLE_SIDE };
/** A twentieth of a side: what can still be drawn by hand. */
const LEAST = 500;
const STEP = 250;
const MIDDLE = [0.5, 0.5] as const;

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
  if (key === "+" || key === "=") return scaledAt(box, 0.8, MIDDLE);
  if (key === "-") return scaledAt(box, 1.25, MIDDLE);
  return null;
}

/** The same round a point of the picture (fractions of it), which stays where it is seen. */
export function scaledAt(box: Box, factor: number, [across, down]: readonly [number, number]): Box {
  const w = Math.round(Math.max(LEAST, Math.min(WHOLE_SIDE, box.w * factor)));
  const h = Math.round(Math.max(LEAST, Math.min(WHOLE_SIDE, box.h * factor)));
  return within({ x: Math.round(box.x + (box.w - w) * across), y: Math.round(box.y + (box.h - h) * down), w, h });
}

/** Moved by fractions of what is seen. */
export function panned(box: Box, across: number, down: number): Box {
  return within({ ...box, x: Math.round(box.x - box.w * across), y: Math.round(box.y - box.h * down) });
}

/** CSS `object-view-box` of it. */
export function viewBox(box: Box | undefined): string {
  if (!box || isWhole(box)) return "none";
  const { x, y, w, h } = box;
  return `inset(${y / 100}% ${(WHOLE_SIDE - x - w) / 100}% ${(WHOLE_SIDE - y - h) / 100}% ${x / 100}%)`;
}

export function isWhole(box: Box): boolean {
  return box.w === WHOLE_SIDE && box.h === WHOLE_SIDE;
}


function within({ x, y, w, h }: Box): Box {
  return { x: Math.max(0, Math.min(WHOLE_SIDE - w, x)), y: Math.max(0, Math.min(WHOLE_SIDE - h, y)), w, h };
}

function side(share: number): number {
  return Math.round(Math.max(0, Math.min(1, share)) * WHOLE_SIDE);
}
