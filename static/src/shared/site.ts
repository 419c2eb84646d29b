/** What the pages about walls know of the site. What is done on the console's desk is in `console/desk.ts`. */
import { batch, computed, signal } from "@preact/signals";
import { inTreeOrder, matching } from "./camera_rows";
import { InTurn } from "./in_turn";
import { ask } from "./http";
import { type Known, readKnown } from "./known_cameras";
import { inBoth, type Said } from "./language";
import { failed, heard, type Me, me, say } from "./session";
import { type Camera, cameraOf, type Content, type DisplayFacts, type TourNow, type Wall } from "./walls";
import { CONTENT_WORDS } from "./content_words";

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
  return say(contentWordsOn(wall, content));
}

/** The same in both languages. */
export function contentWordsOn(wall: Wall | undefined, content: Content): Said {
  switch (content.type) {
    case "camera":
      return inBoth`${cameraName(content.camera) ?? content.camera}`;
    case "tour":
      return inBoth`${wall?.tours.find(({ id }) => id === content.tour)?.name ?? content.tour}`;
    case "panel":
      return CONTENT_WORDS[content.panel];
    case "empty":
      return CONTENT_WORDS.empty;
  }
}

let known: Known<Camera> | null = null;
const turn = new InTurn();

/** Reads all anew, after what is being read already. */
export function refresh(): Promise<void> {
  return turn.do(read);
}

/** How many walls commands have brought. */
let puts = 0;
/** By wall, the revision that a command of this page has made last. */
const made = new Map<string, number>();

async function read(): Promise<void> {
  try {
    const camerasRead = readCameras();
    // Both to their end: nothing of this may come after what is read the next time.
    const ends = await Promise.allSettled([camerasRead, readRest(camerasRead)]);
    const failure = ends.find((end) => end.status === "rejected");
    if (failure) throw failure.reason;
    heard("site");
  } catch (error) {
    failed(error, "site", refresh);
  }
}

/** The list and the map are what people look at first, and wait for nothing else. */
async function readCameras(): Promise<void> {
  const seen = await readKnown(known, inTreeOrder);
  // Together: what is known and not on the page would never be asked for again.
  known = seen;
  cameras.value = seen.cameras;
}

/** Shown when the cameras are, by whose names cells go. */
async function readRest(camerasRead: Promise<void>): Promise<void> {
  const begun = puts;
  const [seenMe, seenWalls, seenDisplays] = await Promise.all([
    ask<Me>("/api/me"),
    ask<Wall[]>("/api/walls"),
    ask<DisplayFacts[]>("/api/displays"),
  ]);
  const seenTours = await Promise.all(seenWalls.filter(hasTour).map(({ id }) => readTours(id)));
  await camerasRead;
  batch(() => {
    me.value = seenMe;
    // Begun behind the last command it is what is so, though older than what was: a database may have been restored.
    walls.value = seenWalls.map((wall) => (puts === begun ? wall : newer(wallOf(wall.id), wall)));
    tours.value = new Map(seenTours);
    displayFacts.value = new Map(seenDisplays.map((display) => [display.id, display]));
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

/** A wall as a command has made it. */
export function put(changed: Wall): void {
  made.set(changed.id, changed.revision);
  putNow(newer(wallOf(changed.id), changed));
}

/** Is it what a command of this page has made last? */
export function isOurs(wall: string, revision: number): boolean {
  return made.get(wall) === revision;
}

/** A wall as it is, whatever it was: what a command met. */
export function putNow(met: Wall): void {
  puts += 1;
  walls.value = (walls.value ?? []).map((wall) => (wall.id === met.id ? met : wall));
}
