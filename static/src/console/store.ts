/** What the console knows, and what it does. */
import { batch, computed, signal } from "@preact/signals";
import { chosenLanguage, keepLanguage } from "../shared/chosen";
import type { Scope } from "../editor/scope";
import { ask, firstGoTo, HttpError } from "../shared/http";
import type { Language, Said } from "../shared/language";
import {
  type Camera,
  type CellAddress,
  type Content,
  cameraOf,
  type DisplayFacts,
  differences,
  findCell,
  matching,
  sameCell,
  showing,
  type Wall,
} from "./walls";
import { WORDS } from "./words";

const REFRESH_MS = 2500;

/** Who is signed in. What they may do the server decides; pages show or hide by it. */
export interface Me {
  readonly name: string;
  readonly scope?: Scope | null;
}

/** A change that was saved, and how to take it back. */
export interface Done {
  readonly address: CellAddress;
  readonly before: string | null;
  readonly after: string | null;
}

/** A change that was refused because somebody else was faster. */
export interface Conflict {
  readonly address: CellAddress;
  readonly camera: string | null;
  readonly changed: ReturnType<typeof differences>;
}

export const language = signal<Language>(chosenLanguage());
export const me = signal<Me | null>(null);
/** null: not loaded yet. */
export const cameras = signal<readonly Camera[] | null>(null);
export const walls = signal<readonly Wall[] | null>(null);
export const displayFacts = signal<ReadonlyMap<string, DisplayFacts>>(new Map());
/** Unix ms since when the server gives no answer. */
export const awaySince = signal<number | null>(null);
export const typed = signal("");
export const selected = signal<CellAddress | null>(null);
export const saving = signal(false);
export const problem = signal<string | null>(null);
export const conflict = signal<Conflict | null>(null);
export const done = signal<Done | null>(null);

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
export const selectedCell = computed(() => {
  const address = selected.value;
  return address ? findCell(wallOf(address.wall), address) : null;
});

export function say(words: Said): string {
  return words[language.value];
}

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

export function setLanguage(wanted: Language): void {
  language.value = wanted;
  keepLanguage(wanted);
}

/** Asks the server for everything now and then, for as long as the page is there. */
export async function keepFresh(): Promise<never> {
  for (;;) {
    if (!document.hidden) await refresh();
    await new Promise((resolve) => setTimeout(resolve, REFRESH_MS));
  }
}

export async function refresh(): Promise<void> {
  try {
    me.value ??= await ask<Me>("/api/me");
    const [seenCameras, seenWalls, seenDisplays] = await Promise.all([
      ask<Camera[]>("/api/cameras"),
      ask<Wall[]>("/api/walls"),
      ask<DisplayFacts[]>("/api/displays"),
    ]);
    batch(() => {
      cameras.value = seenCameras;
      walls.value = seenWalls.map((wall) => newer(wallOf(wall.id), wall));
      displayFacts.value = new Map(seenDisplays.map((display) => [display.id, display]));
      awaySince.value = null;
    });
  } catch (error) {
    if (!leaveIfSignedOut(error)) awaySince.value ??= Date.now();
  }
}

export async function signOut(): Promise<void> {
  await ask("/api/logout", "POST").catch(() => undefined);
  location.assign("/login");
}

export function select(address: CellAddress | null): void {
  batch(() => {
    selected.value = sameCell(selected.value, address) ? null : address;
    problem.value = null;
    conflict.value = null;
  });
}

/** Makes the selected cell show this camera, or nothing. */
export async function show(camera: string | null): Promise<void> {
  const address = selected.value;
  if (address && !saving.value) await change(address, camera);
}

/** Takes the last change back, unless the cell shows something else by now. */
export async function undo(): Promise<void> {
  const last = done.value;
  if (!last || saving.value) return;
  const now = findCell(wallOf(last.address.wall), last.address);
  done.value = null;
  if (now && cameraOf(now.cell) === last.after) await change(last.address, last.before, false);
}

/** Saves the change that met somebody else's. */
export async function insist(): Promise<void> {
  const met = conflict.value;
  conflict.value = null;
  if (met) await change(met.address, met.camera);
}

/** The screen that shows this code becomes this display. Throws HttpError. */
export async function pair(display: string, code: string): Promise<void> {
  await ask(`/api/displays/${encodeURIComponent(display)}/pair`, "POST", { code });
  await refresh();
}

async function change(address: CellAddress, camera: string | null, undoable = true): Promise<void> {
  const base = wallOf(address.wall);
  const cell = findCell(base, address)?.cell;
  if (!base || !cell || cameraOf(cell) === camera) return;
  batch(() => {
    saving.value = true;
    problem.value = null;
    conflict.value = null;
  });
  try {
    const path = `/api/walls/${encodeURIComponent(base.id)}/commands`;
    const command = { base_revision: base.revision, command: showing(address, camera) };
    put(await ask<Wall>(path, "POST", command));
    done.value = undoable ? { address, before: cameraOf(cell), after: camera } : null;
  } catch (error) {
    if (!leaveIfSignedOut(error)) refused(error, base, address, camera);
  } finally {
    saving.value = false;
  }
}

function refused(error: unknown, base: Wall, address: CellAddress, camera: string | null): void {
  if (!(error instanceof HttpError)) throw error;
  const snapshot = error.body.snapshot as Wall | undefined;
  if (error.status === 409 && snapshot) {
    put(snapshot);
    conflict.value = { address, camera, changed: differences(base, snapshot) };
  } else {
    problem.value = error.status === 0 ? "" : error.message;
  }
}

function wallOf(id: string): Wall | undefined {
  return walls.value?.find((wall) => wall.id === id);
}

/** An answer that was under way may be older than what a command has brought since. */
function newer(known: Wall | undefined, seen: Wall): Wall {
  return known && known.revision > seen.revision ? known : seen;
}

export function put(changed: Wall): void {
  walls.value = (walls.value ?? []).map((wall) => (wall.id === changed.id ? newer(wall, changed) : wall));
}

export function leaveIfSignedOut(error: unknown): boolean {
  const place = firstGoTo(error);
  if (place !== null) location.assign(place);
  return place !== null;
}
