/** How old a still is, as the server says it: this machine's clock may be wrong, and is only counted on from. Pure. */

/** When it was taken, by this machine's clock (`now`, unix ms); null: the answer does not say. */
export function takenMs(answer: Headers, now: number): number | null {
  const ageMs = Number(answer.get("X-Picture-Age-Ms") ?? Number.NaN);
  return Number.isFinite(ageMs) ? now - ageMs : null;
}
