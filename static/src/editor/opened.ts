/** What of the installation the inspector is about, while no cell is selected. */
import { computed, signal } from "@preact/signals";
import type { Place } from "../shared/hang";
import { liveWall, wall } from "./now";

/** A display, a new one (null: in the next free place), or the wall itself. */
export type Opened = { readonly display: string } | { readonly place: Place | null } | "wall" | null;
export const opened = signal<Opened>(null);

/** The display that is opened, while it is there. */
export const openedDisplay = computed(() => {
  const open = opened.value;
  if (open === null || open === "wall" || "place" in open) return null;
  return wall.value?.displays.find(({ id }) => id === open.display) ?? null;
});

/** The new one's place, and whether there is a new one at all. */
export const openedPlace = computed(() => {
  const open = opened.value;
  return open !== null && open !== "wall" && "place" in open ? open : null;
});

/** May be nothing though something was opened: an undo may have taken it away. */
export const isOpened = computed(() => opened.value === "wall" || openedPlace.value !== null || openedDisplay.value !== null);

/** Is this display on the wall, and not in the draft alone? */
export function isHung(display: string): boolean {
  return liveWall.value?.displays.some(({ id }) => id === display) ?? false;
}
