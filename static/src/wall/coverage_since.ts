/** Since when cameras are counted: this shift, so many hours, or from and to as somebody writes them. */
import { computed, signal } from "@preact/signals";
import { type Handover, tookOver } from "../shared/handover";
import { readOnce } from "../shared/read_once";
import { mayDo } from "../shared/session";

export const BACK_HOURS = [1, 4, 8, 12, 24] as const;
const SHIFT_HOURS = 8;
const HOUR = 3_600_000;

/** The shift since its note was confirmed, so many hours, or `own`. */
export type Since = "shift" | "own" | number;

/** What somebody has chosen; null: nobody has. */
export const chosenSince = signal<Since | null>(null);
/** When whoever is there took over; null: no note says. */
export const shift = signal<number | null>(null);
export const since = computed<Since>(() => chosenSince.value ?? (shift.value === null ? SHIFT_HOURS : "shift"));
export const own = signal({ from: "", to: "" });

let isAsking = false;

/** The note that was confirmed last says when this shift began. */
export async function findShift(): Promise<void> {
  if (isAsking || shift.value !== null || !mayDo("handovers")) return;
  isAsking = true;
  const notes = await readOnce<Handover[]>("/api/handovers");
  isAsking = false;
  shift.value = tookOver(notes ?? [], Date.now());
}

/** As the address of a report says it; null where somebody has not written it whole. */
export function ownSpan(): Readonly<Record<string, string>> | null {
  const { from, to } = own.value;
  if (from === "") return null;
  return to === "" ? { from } : { from, to };
}

/** Unix ms, of all but `own`. */
export function sinceMs(nowMs: number): number {
  if (since.value === "shift" && shift.value !== null) return shift.value;
  return nowMs - HOUR * (typeof since.value === "number" ? since.value : SHIFT_HOURS);
}
