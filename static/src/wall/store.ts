/** Which wall the page is about, and which part of it is open. */
import { computed, signal } from "@preact/signals";
import { walls } from "../shared/site";
import { wallId } from "../shared/wall_place";
import { WALL_TABS, type WallTab } from "../shared/wall_tabs";
import type { Wall } from "../shared/walls";

export const tab = signal<WallTab>(tabOf(location.hash));
export const helping = signal(false);

/** null: not loaded yet; undefined: there is none at this address. */
export const wall = computed<Wall | null | undefined>(() => walls.value && walls.value.find(({ id }) => id === wallId));

export function tabOf(hash: string): WallTab {
  return WALL_TABS.find((name) => hash === `#${name}`) ?? "schedule";
}
