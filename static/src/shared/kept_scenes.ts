/** The walls as they were when their scenes were saved: which scene is on, and which is not theirs to recall. */
import { computed, effect, signal } from "@preact/signals";
import { ask } from "./http";
import { type Shut, whyNotThese } from "./scope";
import { me } from "./session";
import { walls } from "./site";
import { changesByRecall, scenesOn } from "./timed";
import type { Scene, Wall } from "./walls";

/** By wall and revision; a revision never changes. */
const kept = signal<ReadonlyMap<string, ReadonlyMap<number, Wall>>>(new Map());
const NONE: ReadonlyMap<number, Wall> = new Map();

/** Reads those that are missing, for as long as the page is there; what could not be read when the walls are read next. */
export function keepScenes(): () => void {
  const asked = new Set<string>();
  return effect(() => {
    for (const { id, scenes } of walls.value ?? []) {
      for (const { revision } of scenes) {
        const name = `${id} ${revision}`;
        if (asked.has(name)) continue;
        asked.add(name);
        void read(id, revision).catch(() => asked.delete(name));
      }
    }
  });
}

async function read(wall: string, revision: number): Promise<void> {
  const then = await ask<Wall>(`/api/walls/${encodeURIComponent(wall)}/revisions/${revision}`);
  const its = kept.value.get(wall) ?? NONE;
  kept.value = new Map([...kept.value, [wall, new Map([...its, [revision, then]])]]);
}

const on = computed(
  () => new Map((walls.value ?? []).map((wall) => [wall.id, new Set(scenesOn(wall, kept.value.get(wall.id) ?? NONE).map(({ id }) => id))])),
);

/** Does the wall show it, cell for cell? */
export function isOn(wall: string, scene: Scene): boolean {
  return on.value.get(wall)?.has(scene.id) ?? false;
}

/** Why a scene cannot be recalled; null: it can, as far as anybody knows here. */
export function whyNotRecalled(wall: Wall, scene: Scene): Shut | null {
  const then = kept.value.get(wall.id)?.get(scene.revision);
  return then && me.value?.scope?.displays ? whyNotThese(changesByRecall(scene, then, wall), me.value.scope) : null;
}
