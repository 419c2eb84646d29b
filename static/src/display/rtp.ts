/**
 * Distance between two RTP timestamps (32-bit, wrapping; RFC 3550, 5.1) in ticks: positive if `a` is later.
 * Right as long as they are less than 2^31 ticks apart (6.6 h at 90 kHz).
 */
export function rtpDistance(a: number, b: number): number {
  return (a - b) | 0;
}

/** Pictures that were further apart (ms) are not told apart by their timestamps, which in 6.6 h would say the contrary. */
export const COMPARABLE_MS = 3_600_000;

/** Is `a` the same instant as `b` or a later one? */
export function atOrAfter(a: number, b: number): boolean {
  return rtpDistance(a, b) >= 0;
}

/** 800 pictures, of a camera that sends five a second. */
const MOST_HELD_MS = 160_000;

/**
 * For how long (ms) the browser held a picture that arrived at `receiveTime`, by the same clock as `now`. Some do not
 * say so; and more than a jitter buffer holds is no time of that clock.
 */
export function heldFor(receiveTime: number | undefined, now: number): number {
  const heldMs = now - (receiveTime ?? now);
  return heldMs > 0 && heldMs < MOST_HELD_MS ? heldMs : 0;
}
