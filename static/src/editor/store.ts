/** What the editor knows beyond the console's store, and what it does to the wall. */
import { batch, computed, signal } from "@preact/signals";
import { contentNameOn, put } from "../console/store";
import { type Cell, type Content, type Display, type Fit, inReadingOrder, type Wall } from "../console/walls";
import { ask, HttpError } from "../shared/http";
import type { Said } from "../shared/language";
import { PAGE_WORDS } from "../shared/page_words";
import { leaveIfSignedOut, say } from "../shared/session";
import type { Command } from "./commands";
import { type CellChange, changesOf } from "./difference";
import type { Dragged, Target } from "./dragging";
import { addToDraft, isForDraft, policy, undoInDraft } from "./drafts";
import { workOn } from "./leases";
import { draft, hung, liveWall, mode, present, wall, wallPath } from "./now";
import { WORDS } from "./words";

export interface Address {
  readonly display: string;
  readonly cell: string;
}

/** A drag that has begun to move; `x`, `y` of the pointer on the page. */
export interface Drag {
  readonly dragged: Dragged;
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly target: Target | null;
}

/** A command that was refused because somebody else was faster. */
export interface Conflict {
  readonly command: Command;
  readonly words: string;
  readonly changes: readonly CellChange[];
}

/** Cells as shares of its grid; `across`: one content over all displays of the wall. */
export interface Preset {
  readonly name: string;
  readonly across: boolean;
  readonly columns: number;
  readonly rows: number;
  readonly cells: readonly { readonly x: number; readonly y: number; readonly w: number; readonly h: number }[];
}

export { hung, wall };

/** The selected cells, the one that was selected last at the end. */
export const selection = signal<readonly Address[]>([]);
export const drag = signal<Drag | null>(null);
export const busy = signal(false);
export const problem = signal<string | null>(null);
export const conflict = signal<Conflict | null>(null);
/** What was done last, in words; read out by screen readers. */
export const said = signal("");
export const presets = signal<readonly Preset[]>([]);
export type Dialog = "help" | "scene" | null;
export const dialog = signal<Dialog>(null);
export type Tab = "cameras" | "tours" | "panels";
export const tab = signal<Tab>("cameras");

/** The cell that the inspector is about, while it is there. */
export const current = computed(() => {
  const last = selection.value.at(-1);
  return last ? cellAt(last) : null;
});

/** The display that presets are for: that of the selected cell, or the wall's only or first one. */
export const currentDisplay = computed(() => current.value?.display ?? wall.value?.displays[0] ?? null);

export function cellAt(address: Address): { display: Display; cell: Cell; number: number } | null {
  const display = wall.value?.displays.find(({ id }) => id === address.display);
  const cells = display ? inReadingOrder(display.layout.cells) : [];
  const index = cells.findIndex(({ id }) => id === address.cell);
  const cell = cells[index];
  return display && cell ? { display, cell, number: index + 1 } : null;
}

export function isSelected({ display, cell }: Address): boolean {
  return selection.value.some((one) => one.display === display && one.cell === cell);
}

export function select(address: Address | null, add = false): void {
  if (!address) selection.value = [];
  else if (!add) selection.value = [address];
  else if (isSelected(address)) selection.value = selection.value.filter((one) => !same(one, address));
  else selection.value = [...selection.value, address];
}

export async function loadPresets(): Promise<void> {
  presets.value = await ask<Preset[]>("/api/presets").catch(() => []);
}

/** Does a command on the wall as it is seen now; after those that are still on their way. Whether it was done. */
export function perform(command: Command, words: string): Promise<boolean> {
  waiting = waiting.then(() => send(command, words));
  return waiting;
}

let waiting: Promise<boolean> = Promise.resolve(true);

async function send(command: Command, words: string): Promise<boolean> {
  const base = present.value;
  if (!base) return false;
  start();
  try {
    const after = isForDraft(command) ? await addToDraft(command) : await publish(command);
    batch(() => {
      said.value = words;
      follow(base, after, command);
    });
    for (const { display } of changesOf(base, after)) workOn(display);
    return true;
  } catch (error) {
    if (!leaveIfSignedOut(error)) refused(error, base, command, words);
    return false;
  } finally {
    busy.value = false;
  }
}

/** A command on the wall itself, at once. */
async function publish(command: Command): Promise<Wall> {
  const live = policy === "live" ? {} : { live: true };
  const base_revision = liveWall.value?.revision;
  const after = await ask<Wall>(`${wallPath}/commands`, "POST", { base_revision, command, ...live });
  put(after);
  return after;
}

function start(): void {
  batch(() => {
    busy.value = true;
    problem.value = null;
    conflict.value = null;
  });
}

/** Does something else than a command, and says what was done or what went wrong. */
export async function attempt(doIt: () => Promise<void>, words: Said): Promise<void> {
  start();
  said.value = say(words);
  try {
    await doIt();
  } catch (error) {
    if (leaveIfSignedOut(error)) return;
    if (!(error instanceof HttpError)) throw error;
    problem.value = error.status === 0 ? say(PAGE_WORDS.serverAway) : error.message;
  } finally {
    busy.value = false;
  }
}

function refused(error: unknown, base: Wall, command: Command, words: string): void {
  if (!(error instanceof HttpError)) throw error;
  const snapshot = error.body.snapshot as Wall | undefined;
  if (error.status === 409 && snapshot) {
    batch(() => {
      put(snapshot);
      conflict.value = { command, words, changes: changesOf(base, snapshot) };
    });
  } else {
    problem.value = error.status === 0 ? say(PAGE_WORDS.serverAway) : error.message;
  }
}

/** Selects what a command made, and lets go of what it took away. */
function follow(before: Wall, after: Wall, command: Command): void {
  const made = changesOf(before, after).filter(({ kinds }) => kinds.includes("added"));
  const [first] = made;
  if (first && (command.type === "place" || (command.type === "move" && command.to_display))) {
    selection.value = [{ display: first.display, cell: first.cell }];
  } else {
    selection.value = selection.value.filter((one) => cellAt(one));
  }
}

/** The command that met somebody else's, on top of that. */
export async function applyOnTop(): Promise<void> {
  const met = conflict.value;
  conflict.value = null;
  if (met) await perform(met.command, met.words);
}

/** Is there something to take back, or to do again? A draft goes back only. */
export const canUndo = computed(() =>
  mode.value === "draft" ? (draft.value?.commands.length ?? 0) > 0 : (wall.value?.past.length ?? 0) > 0,
);
export const canRedo = computed(() => mode.value === "live" && (wall.value?.future.length ?? 0) > 0);

export function undo(): void {
  if (!canUndo.value) return;
  if (mode.value === "draft") void attempt(undoInDraft, WORDS.undo);
  else void perform({ type: "undo" }, say(WORDS.undo));
}

export function redo(): void {
  if (canRedo.value) void perform({ type: "redo" }, say(WORDS.redo));
}

/** Shows something in the selected cell. */
export function showHere(content: Content): void {
  const at = current.value;
  if (!at) return;
  const { display, cell } = at;
  void perform({ type: "assign", display: display.id, cell: cell.id, content }, `${cellName(at)}: ${contentName(content)}`);
}

export function change(more: { fit?: Fit; zoom?: Required<Cell>["zoom"]; label?: string }, words: string): void {
  const at = current.value;
  if (at) void perform({ type: "assign", display: at.display.id, cell: at.cell.id, ...more }, `${cellName(at)}: ${words}`);
}

/** Something to every selected cell. */
export function each(type: "clear" | "remove" | "lock" | "unlock", words: Said): void {
  const [first, ...others] = selection.value.map((address) => ({ type, ...address }) as const);
  if (!first) return;
  void perform(others.length > 0 ? { type: "several", commands: [first, ...others] } : first, say(words));
}

export function split(columns: number, rows: number): void {
  const at = current.value;
  if (!at) return;
  void perform({ type: "split", display: at.display.id, cell: at.cell.id, columns, rows }, `${cellName(at)}: ${columns} × ${rows}`);
}

export function merge(): void {
  if (selection.value.length > 1) void perform({ type: "merge", cells: selection.value }, say(WORDS.merge));
}

export function toggleLock(): void {
  const locked = current.value?.cell.locked ?? false;
  each(locked ? "unlock" : "lock", locked ? WORDS.unlock : WORDS.lock);
}

export function recall(key: number): void {
  const scene = wall.value?.scenes.find((one) => one.key === key);
  if (scene) void perform({ type: "recall_scene", scene: scene.id }, `${say(WORDS.recalled)}: ${scene.name}`);
}

export async function identify(): Promise<void> {
  await attempt(async () => {
    const { told } = await ask<{ told: number }>(`${wallPath}/identify`, "POST");
    if (told === 0) said.value = say(WORDS.noBrowser);
  }, WORDS.identified);
}

export function cellName({ display, number }: { readonly display: Display; readonly number: number }): string {
  return `${display.name}, ${say(WORDS.cell).toLowerCase()} ${number}`;
}

export function contentName(content: Content): string {
  return contentNameOn(wall.value ?? undefined, content);
}

function same(a: Address, b: Address): boolean {
  return a.display === b.display && a.cell === b.cell;
}
