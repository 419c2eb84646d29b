/** What an operator has in front of them, and what they do to the wall with it. */
import { batch, computed, signal } from "@preact/signals";
import type { Command } from "../editor/commands";
import { hang } from "../editor/hang";
import { ask, HttpError } from "../shared/http";
import { within } from "../shared/scope";
import { PAGE_WORDS } from "../shared/page_words";
import { leaveIfSignedOut, me, say } from "../shared/session";
import { cameraName, put, tours, wallOf, walls } from "./store";
import { type Cell, type CellAddress, cameraOf, differences, findCell, showing, type Wall } from "./walls";
import { WORDS } from "./words";

const WIDE = 2.6;

/** A change that was saved; it can be taken back while nobody has changed the wall since. */
export interface Done {
  readonly wall: string;
  readonly revision: number;
  readonly words: string;
}

/** A change that was refused because somebody else was faster. */
export interface Conflict {
  readonly wall: string;
  readonly command: Command;
  readonly words: string;
  readonly changed: ReturnType<typeof differences>;
}

/** The camera in the preview. */
export const chosen = signal<string | null>(null);
/** The preview covers the wall. */
export const enlarged = signal(false);
/** A camera that is carried to a cell by keys. */
export const inHand = signal<string | null>(null);
export const selected = signal<CellAddress | null>(null);
export const saving = signal(false);
export const problem = signal<string | null>(null);
export const conflict = signal<Conflict | null>(null);
export const done = signal<Done | null>(null);
export const helping = signal(false);

/** The walls as whoever looks at them may change them: what is not theirs is locked. */
export const myWalls = computed(() => walls.value?.map((wall) => within(wall, me.value?.scope)) ?? null);
/** Is there one wall, of three displays side by side, say? */
export const isWide = computed(() => {
  const [wall, ...others] = walls.value ?? [];
  if (!wall || others.length > 0) return false;
  const { width, height } = hang(wall);
  return width > WIDE * height;
});
export const selectedCell = computed(() => {
  const address = selected.value;
  return address ? findCell(myWalls.value?.find(({ id }) => id === address.wall), address) : null;
});

/** The camera that a cell shows now: its own, or that of its tour whose turn it is. */
export function shownIn(wall: Wall, display: string, cell: Cell): string | null {
  if (cell.content.type !== "tour") return cameraOf(cell);
  for (const { places } of tours.value.get(wall.id) ?? []) {
    const place = places.find(({ cells }) => cells.some((one) => one.display === display && one.cell === cell.id));
    if (place) return place.camera;
  }
  return null;
}

export function choose(camera: string | null): void {
  chosen.value = camera;
  if (camera === null) enlarged.value = false;
}

export function enlarge(camera: string): void {
  batch(() => {
    chosen.value = camera;
    enlarged.value = true;
  });
}

export function select(address: CellAddress | null): void {
  batch(() => {
    selected.value = address;
    problem.value = null;
    conflict.value = null;
  });
}

/** Makes a cell show this camera, or nothing. */
export async function show(camera: string | null, address: CellAddress): Promise<void> {
  const wall = myWalls.value?.find(({ id }) => id === address.wall);
  const found = findCell(wall, address);
  if (!wall || !found || saving.value) return;
  const { display, cell, number } = found;
  const [before, after] = [cameraOf(cell), camera];
  if (before === after && (camera !== null || cell.content.type === "empty")) return;
  const words = `${display.name}, ${say(WORDS.cell).toLowerCase()} ${number}: ${cameraName(after) ?? say(WORDS.empty)}`;
  if (display.locked || cell.locked) problem.value = `${words}. ${say(WORDS.locked)}`;
  else await perform(address.wall, showing(address, camera), words);
}

/** The wall's scene on this digit. */
export async function recall(wall: Wall, scene: Wall["scenes"][number]): Promise<void> {
  await perform(wall.id, { type: "recall_scene", scene: scene.id }, `${say(WORDS.scene)}: ${scene.name}`);
}

/** Takes the last change back, unless somebody changed the wall since. */
export async function undo(): Promise<void> {
  const last = done.value;
  if (!last || saving.value) return;
  done.value = null;
  if (wallOf(last.wall)?.revision === last.revision) await perform(last.wall, { type: "undo" }, say(WORDS.undone), false);
  else problem.value = say(WORDS.changedSince);
}

/** Does the change that met somebody else's, on top of that. */
export async function insist(): Promise<void> {
  const met = conflict.value;
  conflict.value = null;
  if (met) await perform(met.wall, met.command, met.words);
}

async function perform(wallId: string, command: Command, words: string, undoable = true): Promise<void> {
  const base = wallOf(wallId);
  if (!base) return;
  batch(() => {
    saving.value = true;
    problem.value = null;
    conflict.value = null;
  });
  try {
    const path = `/api/walls/${encodeURIComponent(base.id)}/commands`;
    const after = await ask<Wall>(path, "POST", { base_revision: base.revision, command });
    put(after);
    done.value = undoable ? { wall: base.id, revision: after.revision, words } : null;
  } catch (error) {
    if (!leaveIfSignedOut(error)) refused(error, base, command, words);
  } finally {
    saving.value = false;
  }
}

function refused(error: unknown, base: Wall, command: Command, words: string): void {
  if (!(error instanceof HttpError)) throw error;
  const snapshot = error.body.snapshot as Wall | undefined;
  if (error.status === 409 && snapshot) {
    put(snapshot);
    conflict.value = { wall: base.id, command, words, changed: differences(base, snapshot) };
  } else if (error.status === 403) {
    problem.value = `${words}. ${say(WORDS.notYours)}`;
  } else {
    problem.value = `${words}. ${error.status === 0 ? say(PAGE_WORDS.serverAway) : error.message}`;
  }
}
