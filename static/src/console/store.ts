/** What the console and the editor know of the site. What is done on the console's desk is in `desk.ts`. */
import { batch, computed, signal } from "@preact/signals";
import { inTreeOrder, matching } from "../shared/camera_rows";
import { ask } from "../shared/http";
import { awaySince, failed, type Me, me, say } from "../shared/session";
import type { CameraState } from "../shared/states";
import { type Camera, cameraOf, type Content, type DisplayFacts, type TourNow, type Wall } from "./walls";
import { WORDS } from "./words";

const REFRESH_MS = 2500;

/** Cameras whose state changed; where `catalogue` is another one, all that was known of cameras is old. */
interface News {
  readonly version: number;
  readonly catalogue: string;
  readonly states: Readonly<Record<string, CameraState>>;
}

/** In the tree's order; null: not loaded yet. */
export const cameras = signal<readonly Camera[] | null>(null);
export const walls = signal<readonly Wall[] | null>(null);
/** Of each wall that has tours: whose turn it is. */
export const tours = signal<ReadonlyMap<string, readonly TourNow[]>>(new Map());
export const displayFacts = signal<ReadonlyMap<string, DisplayFacts>>(new Map());
export const typed = signal("");

export const found = computed(() => matching(cameras.value ?? [], typed.value));
export const cameraById = computed(() => new Map((cameras.value ?? []).map((camera) => [camera.id, camera])));
export const onWall = computed(
  () =>
    new Set(
      (walls.value ?? [])
        .flatMap((wall) => wall.displays)
        .flatMap((display) => display.layout.cells)
        .flatMap((cell) => cameraOf(cell) ?? []),
    ),
);

export function cameraName(id: string | null): string | null {
  return id === null ? null : (cameraById.value.get(id)?.name ?? id);
}

/** What a cell of this wall shows, by name. */
export function contentNameOn(wall: Wall | undefined, content: Content): string {
  switch (content.type) {
    case "camera":
      return cameraName(content.camera) ?? content.camera;
    case "tour":
      return wall?.tours.find(({ id }) => id === content.tour)?.name ?? content.tour;
    case "panel":
      return say(WORDS[content.panel]);
    case "empty":
      return say(WORDS.empty);
  }
}

/** Asks the server for everything now and then, for as long as the page is there. */
export async function keepFresh(): Promise<never> {
  for (;;) {
    if (!document.hidden) await refresh();
    await new Promise((resolve) => setTimeout(resolve, REFRESH_MS));
  }
}

let known: { readonly version: number; readonly catalogue: string } | null = null;

export async function refresh(): Promise<void> {
  try {
    const seenMe = await ask<Me>("/api/me");
    const [seenCameras, seenWalls, seenDisplays] = await Promise.all([
      readCameras(),
      ask<Wall[]>("/api/walls"),
      ask<DisplayFacts[]>("/api/displays"),
    ]);
    const seenTours = await Promise.all(seenWalls.filter(hasTour).map(({ id }) => readTours(id)));
    batch(() => {
      me.value = seenMe;
      if (seenCameras !== cameras.value) cameras.value = seenCameras;
      walls.value = seenWalls.map((wall) => newer(wallOf(wall.id), wall));
      tours.value = new Map(seenTours);
      displayFacts.value = new Map(seenDisplays.map((display) => [display.id, display]));
      awaySince.value = null;
    });
  } catch (error) {
    failed(error);
  }
}

/** All of them at first, and where the catalogue is another one, or others may be seen; else what changed of them. */
async function readCameras(): Promise<readonly Camera[]> {
  const before = cameras.value;
  const after = known && before ? known.version : Number.MAX_SAFE_INTEGER;
  const { version, catalogue, states } = await ask<News>(`/api/states?after=${after}`);
  const isKnown = before && known?.catalogue === catalogue;
  const all = isKnown ? withStates(before, states) : inTreeOrder(await ask<Camera[]>("/api/cameras"));
  known = { version, catalogue };
  return all;
}

function withStates(all: readonly Camera[], changed: Readonly<Record<string, CameraState>>): readonly Camera[] {
  if (Object.keys(changed).length === 0) return all;
  return all.map((camera) => {
    const state = changed[camera.id];
    return state ? { ...camera, ...state } : camera;
  });
}

function hasTour(wall: Wall): boolean {
  return wall.displays.some(({ layout }) => layout.cells.some(({ content }) => content.type === "tour"));
}

async function readTours(wall: string): Promise<[string, readonly TourNow[]]> {
  return [wall, await ask<TourNow[]>(`/api/walls/${encodeURIComponent(wall)}/tours`)];
}

/** The screen that shows this code becomes this display. Throws HttpError. */
export async function pair(display: string, code: string): Promise<void> {
  await ask(`/api/displays/${encodeURIComponent(display)}/pair`, "POST", { code });
  await refresh();
}

export function wallOf(id: string): Wall | undefined {
  return walls.value?.find((wall) => wall.id === id);
}

/** An answer that was under way may be older than what a command has brought since. */
function newer(before: Wall | undefined, seen: Wall): Wall {
  return before && before.revision > seen.revision ? before : seen;
}

export function put(changed: Wall): void {
  walls.value = (walls.value ?? []).map((wall) => (wall.id === changed.id ? newer(wall, changed) : wall));
}
