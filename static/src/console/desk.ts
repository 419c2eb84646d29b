/** What an operator has in front of them, and what they do to the wall with it. */
import { batch, computed, signal } from "@preact/signals";
import type { Command } from "../shared/commands";
import { hang } from "../shared/hang";
import { ask, HttpError } from "../shared/http";
import { InTurn } from "../shared/in_turn";
import { whyNotRecalled } from "../shared/kept_scenes";
import { inBoth, type Said } from "../shared/language";
import { Orders } from "../shared/orders";
import { SAVING_WORDS, whyNotSaved } from "../shared/saving";
import { whyShut, within } from "../shared/scope";
import { leaveIfSignedOut, me } from "../shared/session";
import { WHY_SHUT } from "../shared/shut_words";
import { cameraById, cameraName, put, putNow, tours, wallOf, walls } from "../shared/site";
import { type Cell, type CellAddress, cameraOf, differences, findCell, showing, type Wall } from "../shared/walls";
import { WORDS } from "./words";

const WIDE = 2.6;

/** A change that was saved; it can be taken back while nobody has changed the wall since. */
export interface Done {
  readonly wall: string;
  readonly revision: number;
  readonly words: Said;
}

/** A change that was refused because somebody else was faster. */
export interface Conflict {
  readonly wall: string;
  readonly command: Command;
  readonly words: Said;
  readonly changed: ReturnType<typeof differences>;
}

/** Why a change of a wall was not saved. */
export interface Problem {
  readonly wall: string;
  readonly words: Said;
}

/** What others did to a cell of a wall that was selected here. */
export interface Overtaken {
  readonly wall: string;
  readonly words: Said;
}

/** The camera in the preview. */
export const chosen = signal<string | null>(null);
/** The preview is to cover the page. */
export const enlarged = signal(false);
/** A camera that is carried to a cell by keys. */
export const inHand = signal<string | null>(null);
export const selected = signal<CellAddress | null>(null);
/** The wall of which a change is being saved. */
export const saving = signal<string | null>(null);
export const problem = signal<Problem | null>(null);
export const conflict = signal<Conflict | null>(null);
export const done = signal<Done | null>(null);
/** What others did to the selected cell. */
export const overtaken = signal<Overtaken | null>(null);
export const helping = signal(false);

/** The walls as whoever looks at them may change them: what is not theirs is marked so. */
export const myWalls = computed(() => walls.value?.map((wall) => within(wall, me.value?.scope)) ?? null);
/** Is there one wall, of three displays side by side, say? */
export const isWide = computed(() => {
  const [wall, ...others] = walls.value ?? [];
  if (!wall || others.length > 0) return false;
  const { width, height } = hang(wall);
  return width > WIDE * height;
});
/** The preview does cover the page: of a camera that has left the catalogue there is none. */
export const isLarge = computed(() => enlarged.value && chosen.value !== null && cameraById.value.has(chosen.value));
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
  batch(() => {
    if (camera !== chosen.value) enlarged.value = false;
    chosen.value = camera;
  });
}

export function enlarge(camera: string): void {
  batch(() => {
    chosen.value = camera;
    enlarged.value = true;
  });
}

export function select(address: CellAddress | null): void {
  batch(() => {
    forget((address ?? selected.value)?.wall);
    selected.value = address;
  });
}

/** What was said of a change of this wall has been seen. */
function forget(wall: string | undefined): void {
  if (problem.value?.wall === wall) problem.value = null;
  if (conflict.value?.wall === wall) conflict.value = null;
  if (overtaken.value?.wall === wall) overtaken.value = null;
}

const turn = new InTurn();
const ofWalls = new Map<string, Orders>();
/** The last of what was asked for and is not answered yet. */
let asked: { readonly wall: string } | null = null;

/** Each on the wall as the one before has left it: of two quick ones none is lost. Walls wait for each other, and one
 * whose change is refused costs what is asked of the others nothing. */
export function ordersOf(wall: string): Orders {
  const orders = ofWalls.get(wall) ?? new Orders(turn);
  ofWalls.set(wall, orders);
  return orders;
}

/** `doIt`: false where it is refused, which it says. That is seen before the next one is given, not when its turn comes. */
function order(wall: string, doIt: () => Promise<boolean>): Promise<boolean> {
  batch(() => forget(wall));
  const mine = { wall };
  asked = mine;
  return ordersOf(wall)
    .give(doIt)
    .finally(() => {
      if (asked === mine) asked = null;
    });
}

/** Makes a cell show this camera, or nothing. */
export function show(camera: string | null, address: CellAddress): Promise<boolean> {
  return order(address.wall, () => showNow(camera, address));
}

async function showNow(camera: string | null, address: CellAddress): Promise<boolean> {
  const wall = myWalls.value?.find(({ id }) => id === address.wall);
  const found = findCell(wall, address);
  if (!wall || !found) return true;
  const { display, cell, number } = found;
  const [before, after] = [cameraOf(cell), camera];
  if (before === after && (camera !== null || cell.content.type === "empty")) return true;
  const words = inBoth`${display.name}, ${WORDS.cell} ${number}: ${cameraName(after) ?? WORDS.empty}`;
  const shut = whyShut(display, cell);
  if (!shut) return perform(address.wall, showing(address, camera), words);
  problem.value = { wall: wall.id, words: inBoth`${words}. ${SAVING_WORDS.notSaved}: ${WHY_SHUT[shut]}` };
  return false;
}

/** The wall's scene on this digit. */
export function recall(wall: Wall, scene: Wall["scenes"][number]): Promise<boolean> {
  const words = inBoth`${WORDS.scene}: ${scene.name}`;
  return order(wall.id, async () => {
    const shut = whyNotRecalled(wallOf(wall.id) ?? wall, scene);
    if (!shut) return perform(wall.id, { type: "recall_scene", scene: scene.id }, words);
    problem.value = { wall: wall.id, words: inBoth`${words}. ${SAVING_WORDS.notSaved}: ${WHY_SHUT[shut]}` };
    return false;
  });
}

/** Takes the last change back, also one that is on its way, unless somebody changed the wall since. */
export async function undo(): Promise<boolean> {
  const wall = asked?.wall ?? done.value?.wall;
  return wall === undefined || (await order(wall, undoNow));
}

async function undoNow(): Promise<boolean> {
  const last = done.value;
  if (!last) return true;
  done.value = null;
  if (wallOf(last.wall)?.revision === last.revision) return perform(last.wall, { type: "undo" }, WORDS.undone, false);
  problem.value = { wall: last.wall, words: inBoth`${SAVING_WORDS.notSaved}: ${WORDS.changedSince}` };
  return false;
}

/** Does the change that met somebody else's, on top of that. */
export async function insist(): Promise<void> {
  const met = conflict.value;
  if (met) await order(met.wall, () => perform(met.wall, met.command, met.words));
}

async function perform(wallId: string, command: Command, words: Said, undoable = true): Promise<boolean> {
  const base = wallOf(wallId);
  if (!base) return true;
  saving.value = wallId;
  try {
    const path = `/api/walls/${encodeURIComponent(base.id)}/commands`;
    const after = await ask<Wall>(path, "POST", { base_revision: base.revision, command });
    put(after);
    done.value = undoable ? { wall: base.id, revision: after.revision, words } : null;
    return true;
  } catch (error) {
    if (!leaveIfSignedOut(error)) refused(error, base, command, words);
    return false;
  } finally {
    saving.value = null;
  }
}

function refused(error: unknown, base: Wall, command: Command, words: Said): void {
  const snapshot = error instanceof HttpError && error.status === 409 && (error.body.snapshot as Wall | undefined);
  if (snapshot && command.type === "undo") {
    // On top of somebody else's change it would take that back.
    putNow(snapshot);
    problem.value = { wall: base.id, words: inBoth`${SAVING_WORDS.notSaved}: ${WORDS.changedSince}` };
  } else if (snapshot) {
    putNow(snapshot);
    conflict.value = { wall: base.id, command, words, changed: differences(base, snapshot) };
  } else {
    problem.value = { wall: base.id, words: inBoth`${words}. ${whyNotSaved(error)}` };
  }
  if (!(error instanceof HttpError)) throw error;
}
