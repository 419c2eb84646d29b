/** The wall as it is on the displays, as it is in one's own draft, and which of the two the editor is about. */
import { computed, signal } from "@preact/signals";
import { walls } from "../shared/site";
import type { Wall } from "../shared/walls";
import type { CellChange } from "../shared/difference";
import { hang } from "../shared/hang";
import { hasWholeWall, within } from "../shared/scope";
import { me } from "../shared/session";
import { wallId, wallPath } from "../shared/wall_place";

export { wallId, wallPath };

/** What differs between two revisions, as the server says it. */
export interface Difference {
  readonly cells: readonly CellChange[];
}

/** Changes that nobody else sees until they are published. */
export interface Draft {
  readonly base_revision: number;
  readonly current_revision: number;
  /** The state of the draft: what is done to it says which one it was looking at. */
  readonly changes: number;
  readonly commands: readonly unknown[];
  readonly wall: Wall;
  readonly diff: Difference;
  /** What others have published since it was begun; null: nothing. */
  readonly meanwhile: Difference | null;
}

/** A draft that cannot be any more, by a camera that is gone, say: its state, and why. */
export interface Broken {
  readonly changes: number;
  readonly error: string;
  readonly reason: string | null;
}

export type Mode = "live" | "draft";

export const draft = signal<Draft | null>(null);
/** In place of `draft`. */
export const broken = signal<Broken | null>(null);
export const mode = signal<Mode>("live");
/** May whoever looks at it make drafts of this wall? */
export const draftable = signal(false);

/** null: not loaded yet; undefined: there is none at this address. */
export const liveWall = computed<Wall | null | undefined>(
  () => walls.value && walls.value.find(({ id }) => id === wallId),
);
/** The one of the two that is edited. */
export const present = computed<Wall | null | undefined>(() =>
  mode.value === "draft" && draft.value ? draft.value.wall : liveWall.value,
);
/** The same as it is for whoever looks at it: what is not theirs is marked so. */
export const wall = computed<Wall | null | undefined>(() => present.value && within(present.value, me.value?.scope));
/** May whoever looks at it edit the wall as a whole? */
export const isWhole = computed(() => hasWholeWall(me.value));
export const hung = computed(() => (wall.value ? hang(wall.value) : null));
