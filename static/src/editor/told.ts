/** Long polling: what an answer comes to, and how soon it is asked again. Pure. */

/** Somebody works on a display, or on some cells of it. */
export interface Lease {
  readonly by: string;
  readonly display: string;
  readonly cells: readonly string[] | null;
}

/** What is known of who works where, and since when nothing was heard of it. */
export interface Known {
  readonly tag: string;
  /** null: nothing yet. */
  readonly leases: readonly Lease[] | null;
  readonly heardMs: number;
}

/** "same": it is as the tag says. */
export type Answer = { readonly tag: string; readonly leases: readonly Lease[] } | "same" | null;

/** Where the server does not keep a question (it is away, or too many pages wait), it is asked so often. */
export const LOOK_MS = 3000;
/** However quickly it answers: a proxy may take the tag away by which it would wait. */
const LEAST_MS = 250;
/** What nobody has said for so long is no more known. */
const GONE_MS = 30_000;

export function heard(known: Known, answer: Answer, nowMs: number): Known {
  if (answer === "same") return { ...known, heardMs: nowMs };
  if (answer !== null) return { ...answer, heardMs: nowMs };
  return nowMs - known.heardMs > GONE_MS ? { ...known, tag: "", leases: [] } : known;
}

export function isNews(before: Known, after: Known): boolean {
  return said(before) !== said(after);
}

/** That a lease was renewed is no news. */
function said({ leases }: Known): string {
  return JSON.stringify(leases?.map(({ by, display, cells }) => [by, display, cells]) ?? null);
}

/** In how many ms it is asked again, when an answer, or none, took so long. */
export function againMs(news: boolean, tookMs: number): number {
  // The server has waited, or will the next time.
  return news || tookMs > LOOK_MS ? Math.max(0, LEAST_MS - tookMs) : LOOK_MS;
}
