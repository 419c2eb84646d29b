/** How old a still is, as the server says it: this machine's clock may be wrong, and is only counted on from. Pure. */

/** Five that were to follow it have not come: whatever is said of its camera, this is not how it is now. */
const OLD_MS = 10_000;

/** When it was taken, by this machine's clock (`now`, unix ms); null: the answer does not say. */
export function takenMs(answer: Headers, now: number): number | null {
  const ageMs = Number(answer.get("X-Picture-Age-Ms") ?? Number.NaN);
  return Number.isFinite(ageMs) ? now - ageMs : null;
}

/** The age (ms) of a still that is not of now any more; null: it is, or nobody knows. */
export function oldMs(taken: number | null, now: number): number | null {
  return taken !== null && isOld(now - taken) ? now - taken : null;
}

/** Is a still of this age (ms; null: nobody knows) not of now any more? */
export function isOld(ageMs: number | null): boolean {
  return ageMs !== null && ageMs > OLD_MS;
}
