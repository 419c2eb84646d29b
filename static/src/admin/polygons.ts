/** Privacy masks as polygons in 1/10000 of the picture's width and height. Pure. */

export type Point = readonly [number, number];
export type Style = "solid" | "pixelated";

export interface Mask {
  readonly points: readonly Point[];
  readonly style: Style;
}

/** As the server has them (ingest/masks.py). */
export const WHOLE = 10_000;
export const MOST_MASKS = 16;
export const LEAST_POINTS = 3;
export const MOST_POINTS = 32;

const STEPS: Record<string, Point> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const STEP = 50;

/** Where in the picture a place on the page is, inside it always; `box` is the picture's. */
export function pointAt(x: number, y: number, box: { left: number; top: number; width: number; height: number }): Point {
  return inside([((x - box.left) / box.width) * WHOLE, ((y - box.top) / box.height) * WHOLE]);
}

export function withPoint(mask: Mask, at: number, point: Point): Mask {
  return { ...mask, points: mask.points.map((one, index) => (index === at ? inside(point) : one)) };
}

/** Without one of its points; a mask keeps three. */
export function withoutPoint(mask: Mask, at: number): Mask {
  if (mask.points.length <= LEAST_POINTS) return mask;
  return { ...mask, points: mask.points.filter((_, index) => index !== at) };
}

/** With another point in the middle of its longest side. */
export function withMore(mask: Mask): Mask {
  if (mask.points.length >= MOST_POINTS) return mask;
  const sides = mask.points.map((one, index) => {
    const next = mask.points[(index + 1) % mask.points.length] ?? one;
    return { length: Math.hypot(next[0] - one[0], next[1] - one[1]), middle: inside([(one[0] + next[0]) / 2, (one[1] + next[1]) / 2]) };
  });
  const longest = sides.reduce((best, { length }, index) => (length > (sides[best]?.length ?? 0) ? index : best), 0);
  return { ...mask, points: mask.points.toSpliced(longest + 1, 0, sides[longest]?.middle ?? [0, 0]) };
}

/** All of it moved, as far as the picture goes. */
export function moved(mask: Mask, by: Point): Mask {
  const [dx, dy] = [0, 1].map((axis) => {
    const places = mask.points.map((point) => point[axis] ?? 0);
    return Math.min(Math.max(by[axis] ?? 0, -Math.min(...places)), WHOLE - Math.max(...places));
  }) as [number, number];
  return { ...mask, points: mask.points.map(([x, y]) => inside([x + dx, y + dy])) };
}

/** A rectangle in the middle, for whoever draws without a mouse. */
export function rectangle(): Mask {
  return { style: "solid", points: [[4000, 4000], [6000, 4000], [6000, 6000], [4000, 6000]] };
}

/** Where an arrow key moves a point to; null for other keys. With shift ten times as far. */
export function stepped(point: Point, key: string, far: boolean): Point | null {
  const step = STEPS[key];
  const by = far ? STEP * 10 : STEP;
  return step ? inside([point[0] + step[0] * by, point[1] + step[1] * by]) : null;
}

/** As SVG and CSS write them. */
export function pathOf(points: readonly Point[]): string {
  return points.map((point) => point.join(",")).join(" ");
}

/** Whether both hide the same in the same way. */
export function sameMasks(some: readonly Mask[], others: readonly Mask[]): boolean {
  const written = (masks: readonly Mask[]): string => masks.map(({ style, points }) => `${style} ${pathOf(points)}`).join(";");
  return written(some) === written(others);
}

function inside([x, y]: Point): Point {
  const within = (place: number): number => Math.round(Math.min(WHOLE, Math.max(0, place)));
  return [within(x), within(y)];
}
