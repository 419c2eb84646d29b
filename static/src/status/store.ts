/** What the page knows: the catalogue once, and of states only what is new. */
import { batch, computed, signal } from "@preact/signals";
import { InTurn } from "../shared/in_turn";
import { ask } from "../shared/http";
import { type Known, readKnown } from "../shared/known_cameras";
import { failed, heard, type Me, me } from "../shared/session";
import type { State } from "../shared/states";
import {
  type Camera,
  countStates,
  type Filter,
  isShown,
  isWithin,
  NO_FILTER,
  worstFirst,
} from "./filters";

export const TABS = ["cameras", "sheet", "availability", "system"] as const;
export type Tab = (typeof TABS)[number];

export const tab = signal<Tab>(tabOf(location.hash));
export const filter = signal<Filter>(NO_FILTER);
export const helping = signal(false);

const told = signal<readonly Camera[] | null>(null);
let known: Known<Camera> | null = null;

/** All that one may see, worst first; null: not loaded yet. */
export const cameras = computed(() => told.value && told.value.toSorted(worstFirst));
const within = computed(() => (cameras.value ?? []).filter((camera) => isWithin(camera, filter.value)));
export const counts = computed(() => countStates(within.value));
export const shown = computed(() => within.value.filter((camera) => isShown(camera, filter.value)));

export function tabOf(hash: string): Tab {
  return TABS.find((name) => hash === `#${name}`) ?? "cameras";
}

/** Shows this state alone, or with it those chosen before; a second time: no longer. */
export function toggleState(state: State, more: boolean): void {
  const before = filter.value.states;
  const states = new Set(more ? before : []);
  if (before.has(state) && (more || before.size === 1)) states.delete(state);
  else states.add(state);
  filter.value = { ...filter.value, states };
}

const turn = new InTurn();

/** Reads what is new, after what is being read already. */
export function refresh(): Promise<void> {
  return turn.do(read);
}

async function read(): Promise<void> {
  try {
    me.value ??= await ask<Me>("/api/me");
    const seen = await readKnown(known, (all) => all);
    batch(() => {
      known = seen;
      told.value = seen.cameras;
      heard("states");
    });
  } catch (error) {
    failed(error, "states", refresh);
  }
}
