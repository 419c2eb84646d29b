/** Which cameras are seen, in which order: pure. */
import type { CameraState, State } from "../shared/states";

/** What is known of a camera here. */
export interface Camera extends CameraState {
  readonly id: string;
  readonly name: string;
  readonly district: string;
  readonly lorong: string;
  readonly provider: string;
  readonly contractor: string;
}

export type Group = "district" | "provider" | "contractor";

export interface Filter {
  /** Empty: every state. */
  readonly states: ReadonlySet<State>;
  /** null: all of them; an empty text is those of which it is not recorded. */
  readonly district: string | null;
  readonly provider: string | null;
  readonly contractor: string | null;
  readonly text: string;
}

export const NO_FILTER: Filter = { states: new Set(), district: null, provider: null, contractor: null, text: "" };

/** As the server has it (camera_views.py): a fault before a wait, a wait before a picture. */
export const WORST_FIRST: readonly State[] = [
  "refused",
  "not_found",
  "unsupported",
  "unreachable",
  "stale",
  "frozen",
  "black",
  "blurred",
  "moved",
  "connecting",
  "live",
  "off",
];
const RANK = new Map(WORST_FIRST.map((state, rank) => [state, rank]));

/** The worst state first; of one state what has lasted longest. */
export function worstFirst(one: Camera, other: Camera): number {
  return (
    (RANK.get(one.state) ?? 0) - (RANK.get(other.state) ?? 0) ||
    (one.since_ms ?? Infinity) - (other.since_ms ?? Infinity) ||
    one.name.localeCompare(other.name)
  );
}

/** All but the state is as asked for: what the counts are of. */
export function isWithin(camera: Camera, filter: Filter): boolean {
  for (const group of ["district", "provider", "contractor"] as const) {
    if (filter[group] !== null && camera[group] !== filter[group]) return false;
  }
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const all = `${camera.name} ${camera.id} ${camera.lorong} ${camera.cause_id} ${camera.cause_en}`.toLowerCase();
  return words.every((word) => all.includes(word));
}

export function isShown(camera: Camera, filter: Filter): boolean {
  return (filter.states.size === 0 || filter.states.has(camera.state)) && isWithin(camera, filter);
}

/** How many cameras are in each state, worst first; live ones are told of even where there are none. */
export function countStates(cameras: readonly Camera[]): { readonly state: State; readonly count: number }[] {
  const counts = new Map<State, number>([["live", 0]]);
  for (const { state } of cameras) counts.set(state, (counts.get(state) ?? 0) + 1);
  return WORST_FIRST.flatMap((state) => {
    const count = counts.get(state);
    return count === undefined ? [] : [{ state, count }];
  });
}

/** What there is to choose from, in order. */
export function choices(cameras: readonly Camera[], group: Group): string[] {
  return [...new Set(cameras.map((camera) => camera[group]))].sort((one, other) => one.localeCompare(other));
}
