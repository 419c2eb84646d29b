/** Hand-over notes as the API gives them. Pure. */

/** Times in unix ms; null: nobody has confirmed it yet. */
export interface Handover {
  readonly id: string;
  readonly text: string;
  readonly made_by: string;
  readonly made_ms: number;
  readonly confirmed_by: string | null;
  readonly confirmed_ms: number | null;
}

/** Those that are for somebody of this name to confirm: of others, and not confirmed yet. */
export function waitingFor(notes: readonly Handover[], name: string): readonly Handover[] {
  return notes.filter((note) => note.confirmed_by === null && note.made_by !== name);
}

/** When this shift took over, as far as notes say: the newest that was confirmed, not longer ago than a day. */
export function tookOver(notes: readonly Handover[], now: number): number | null {
  const last = Math.max(0, ...notes.map(({ confirmed_ms: at }) => at ?? 0));
  return last > 0 && now - last < 24 * 3_600_000 ? last : null;
}
