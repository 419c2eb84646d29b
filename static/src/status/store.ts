/** What the page knows: the catalogue once, and of states only what is new. */
import { batch, computed, signal } from "@preact/signals";
import { InTurn } from "../shared/in_turn";
import { ask } from "../shared/http";
import { failed, heard, type Me, me } from "../shared/session";
import type { State } from "../shared/states";
import {
  type Camera,
  countStates,
  type Facts,
  type Filter,
  isShown,
  isWithin,
  NO_FILTER,
  type View,
  worstFirst,
} from "./filters";

export const TABS = ["cameras", "sheet", "availability", "system"] as const;
export type Tab = (typeof TABS)[number];

interface News {
  readonly version: number;
  readonly catalogue: string;
  readonly states: Readonly<Record<string, View>>;
}

export const tab = signal<Tab>(tabOf(location.hash));
export const filter = signal<Filter>(NO_FILTER);
export const helping = signal(false);

const facts = signal<ReadonlyMap<string, Facts> | null>(null);
const views = signal<ReadonlyMap<string, View>>(new Map());
let version = 0;
let catalogue = "";

/** All that one may see, worst first; null: not loaded yet. */
export const cameras = computed<readonly Camera[] | null>(() => {
  if (facts.value === null) return null;
  const all: Camera[] = [];
  for (const one of facts.value.values()) {
    const view = views.value.get(one.id);
    if (view) all.push({ ...one, ...view });
  }
  return all.sort(worstFirst);
});
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
    const news = await ask<News>(`/api/states?after=${version}`);
    // Cameras were added or changed, and so may rights have been: everything anew.
    const isOther = news.catalogue !== catalogue;
    const all = isOther ? await ask<Facts[]>("/api/cameras") : null;
    const whole = isOther && version > 0 ? await ask<News>("/api/states") : news;
    batch(() => {
      if (all) facts.value = new Map(all.map((camera) => [camera.id, camera]));
      const told = Object.entries(whole.states);
      if (told.length > 0) views.value = new Map([...(isOther ? [] : views.value), ...told]);
      heard("states");
    });
    version = whole.version;
    // Of what was asked first: the facts may be older than the states behind them.
    catalogue = news.catalogue;
  } catch (error) {
    failed(error, "states", refresh);
  }
}
