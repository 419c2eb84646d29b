/** What the editor knows beyond the console's store, and what it does to the wall. */
import { batch, computed, signal } from "@preact/signals";
import { contentWordsOn, put, putNow } from "../shared/site";
import { type Cell, type Content, type Display, type Fit, inReadingOrder, sameContent, type Scene, type Wall } from "../shared/walls";
import { ask, HttpError } from "../shared/http";
import { inBoth, type Said } from "../shared/language";
import { whyNotRecalled } from "../shared/kept_scenes";
import { Orders } from "../shared/orders";
import { readOnce } from "../shared/read_once";
import { whyNotSaved } from "../shared/saving";
import { type Shut, whyNot } from "../shared/scope";
import { leaveIfSignedOut, say } from "../shared/session";
import { WHY_SHUT } from "../shared/shut_words";
import type { Command } from "../shared/commands";
import { type CellChange, changesOf } from "../shared/difference";
import type { Dragged, Target } from "./dragging";
import { addToDraft, isForDraft, policy, publishDraft, undoInDraft } from "./drafts";
import { workOn } from "./leases";
import { draft, hung, isWhole, liveWall, mode, present, wall, wallPath } from "./now";
import { isHung, opened, type Opened, openedDisplay } from "./opened";
import { beforeUndo } from "./undoing";
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

/** A command that was refused because somebody else was faster; `words` null: there are none for it. */
export interface Conflict {
  readonly command: Command;
  readonly words: Said | null;
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
export const problem = signal<Said | null>(null);
export const conflict = signal<Conflict | null>(null);
/** What was done last; read out by screen readers. */
export const said = signal<Said | null>(null);
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

let shownBefore: Content | null = null;
/** What that cell shows: the same for as long as it shows the same, however often the wall is read anew. */
export const shownHere = computed(() => {
  const now = current.value?.cell.content ?? null;
  if (!now || !shownBefore || !sameContent(now, shownBefore)) shownBefore = now;
  return shownBefore;
});

/** The display that presets are for: that of the selected cell, the opened one, or the wall's only or first one. */
export const currentDisplay = computed(() => current.value?.display ?? openedDisplay.value ?? wall.value?.displays[0] ?? null);

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
  opened.value = null;
  if (!address) selection.value = [];
  else if (!add) selection.value = [address];
  else if (isSelected(address)) selection.value = selection.value.filter((one) => !same(one, address));
  else selection.value = [...selection.value, address];
}

/** No cell is selected then. */
export function openUp(what: Opened): void {
  batch(() => {
    selection.value = [];
    opened.value = what;
  });
}

export async function loadPresets(): Promise<void> {
  presets.value = (await readOnce<Preset[]>("/api/presets")) ?? [];
}

/** Each on the wall as the one before has left it; `conflict` and `problem` say what became of the last that was refused. */
export const orders = new Orders();

/**
 * Does a command on the wall as it is seen now; after those that are still on their way. Whether it was done. `over`: why
 * it is not meant any more when its turn has come; null: it is.
 */
export function perform(command: Command, words: Said | null, over: () => Said | null = () => null): Promise<boolean> {
  // What was done in a draft is not on the displays where somebody has gone to live before its turn came.
  const forDraft = isForDraft(command);
  return order(async () => {
    problem.value = over();
    return problem.value === null && send(command, words, forDraft);
  });
}

/** Why a command is sure to be refused on the wall as it is seen now; null: it may be done. */
export function shutFor(command: Command): Shut | null {
  const now = wall.value;
  if (!now) return null;
  const scene = command.type === "recall_scene" && now.scenes.find(({ id }) => id === command.scene);
  return scene ? whyNotRecalled(now, scene) : whyNot(command, now, isWhole.value);
}

/** Does something else than a command, likewise; says what was done (`words`, where it does not say so itself), or went wrong. */
export function attempt(doIt: () => Promise<Said | void>, words: Said): Promise<boolean> {
  return order(() => tryTo(doIt, words));
}

export const isPublishing = signal(false);

/** The draft, to all displays. Of a double click the second is none: it would say that nothing was published. */
export async function publishAll(): Promise<void> {
  if (isPublishing.value) return;
  isPublishing.value = true;
  try {
    await attempt(publishDraft, WORDS.published);
  } finally {
    isPublishing.value = false;
  }
}

/** What was said before has been seen by now: when the order's turn comes, that may be of another one. */
function order(doIt: () => Promise<boolean>): Promise<boolean> {
  batch(() => {
    problem.value = null;
    conflict.value = null;
    said.value = null;
  });
  return orders.give(async () => {
    busy.value = true;
    try {
      return await doIt();
    } finally {
      busy.value = false;
    }
  });
}

async function send(command: Command, words: Said | null, forDraft = false): Promise<boolean> {
  const base = present.value;
  if (!base) return false;
  const shut = shutFor(command);
  if (shut) {
    problem.value = WHY_SHUT[shut];
    return false;
  }
  try {
    const after = forDraft || isForDraft(command) ? await addToDraft(command) : await publish(command);
    batch(() => {
      said.value = words;
      follow(base, after, command);
    });
    for (const { display } of changesOf(base, after)) if (isHung(display)) workOn(display);
    return true;
  } catch (error) {
    if (!leaveIfSignedOut(error)) refused(error, base, command, words);
    return false;
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

async function tryTo(doIt: () => Promise<Said | void>, words: Said): Promise<boolean> {
  try {
    said.value = (await doIt()) ?? words;
    return true;
  } catch (error) {
    if (!leaveIfSignedOut(error)) complain(error);
    return false;
  }
}

function refused(error: unknown, base: Wall, command: Command, words: Said | null): void {
  const snapshot = error instanceof HttpError && error.status === 409 && (error.body.snapshot as Wall | undefined);
  if (!snapshot) {
    complain(error);
    return;
  }
  const changes = changesOf(base, snapshot);
  const why = whyNotOnTop(command, changes);
  batch(() => {
    putNow(snapshot);
    if (why) problem.value = why;
    else conflict.value = { command, words, changes };
  });
}

/** Why nobody wants a command on top of what somebody else has changed; null: they may. */
function whyNotOnTop(command: Command, changes: readonly CellChange[]): Said | null {
  // It would take that back.
  if (command.type === "undo" || command.type === "redo") return WORDS.changedSince;
  return isNameOfAnother(command, changes) ? WORDS.namedAnother : null;
}

/** Would it name what somebody else has put there? */
function isNameOfAnother(command: Command, changes: readonly CellChange[]): boolean {
  if (command.type !== "assign" || command.label === undefined || command.content) return false;
  const its = changes.filter(({ display, cell }) => display === command.display && cell === command.cell);
  return its.some(({ kinds }) => kinds.includes("content"));
}

/** Says why something was not done. What went wrong in the page itself is thrown on. */
function complain(error: unknown): void {
  problem.value = whyNotSaved(error);
  if (!(error instanceof HttpError)) throw error;
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
  if (met) await perform(met.command, met.words);
}

/** Is there something to take back, or to do again? A draft goes back only. */
export const canUndo = computed(() =>
  mode.value === "draft" ? (draft.value?.commands.length ?? 0) > 0 : (wall.value?.past.length ?? 0) > 0,
);
export const canRedo = computed(() => mode.value === "live" && (wall.value?.future.length ?? 0) > 0);

export function undo(): void {
  const ofDraft = mode.value === "draft";
  if (canUndo.value) void order(() => undoNow(ofDraft));
}

async function undoNow(ofDraft: boolean): Promise<boolean> {
  if (ofDraft || mode.value === "draft") return tryTo(undoInDraft, WORDS.undo);
  const judged = liveWall.value;
  if (!judged) return false;
  try {
    problem.value = await beforeUndo(judged);
  } catch (error) {
    if (!leaveIfSignedOut(error)) complain(error);
    return false;
  }
  if (judged.revision !== liveWall.value?.revision) problem.value = WORDS.changedSince;
  return problem.value === null && send({ type: "undo" }, WORDS.undo);
}

/** Whether there is something to do again is known when it is its turn: right behind an undo nobody knows it yet. */
export function redo(): void {
  if (!canRedo.value && !busy.value) return;
  void order(async () => !canRedo.value || (await send({ type: "redo" }, WORDS.redo)));
}

/** Shows something in the selected cell. */
export function showHere(content: Content): void {
  change({ content }, contentWords(content));
}

/** Of the selected cell. */
export function change(more: { content?: Content; fit?: Fit; zoom?: Required<Cell>["zoom"] }, words: Said): void {
  const at = current.value;
  if (at) void perform({ type: "assign", display: at.display.id, cell: at.cell.id, ...more }, inBoth`${cellWords(at)}: ${words}`);
}

/**
 * A cell goes by this name, whichever is selected by then. "": by none; null: by its content's own. `named`: what it
 * showed when somebody began to type: the name of that is none of what came since.
 */
export function relabel(address: Address, label: string | null, named?: Content): void {
  const at = cellAt(address);
  if (!at || label === (at.cell.label ?? null)) return;
  const { content, fit, zoom } = at.cell;
  // What is shown anew goes by its own name.
  const what = label === null ? { content, fit, ...(zoom && { zoom }) } : { label };
  const words = label === null ? contentWords(content) : label || WORDS.noLabel;
  const isOfAnother = (): boolean => named !== undefined && !sameContent(named, cellAt(address)?.cell.content ?? content);
  const command = { type: "assign", display: address.display, cell: address.cell, ...what } as const;
  void perform(command, inBoth`${cellWords(at)}: ${words}`, () => (isOfAnother() ? WORDS.namedAnother : null));
}

export type ToEach = "clear" | "remove" | "lock" | "unlock";

/** Something to every selected cell; null: none is. */
export function toEach(type: ToEach): Command | null {
  const [first, ...others] = selection.value.map((address) => ({ type, ...address }) as const);
  return first && others.length > 0 ? { type: "several", commands: [first, ...others] } : (first ?? null);
}

export function each(type: ToEach, words: Said): void {
  const command = toEach(type);
  if (command) void perform(command, words);
}

/** Of the selected cell; null: there is none. */
export function splitting(columns: number, rows: number): Command | null {
  const at = current.value;
  return at && { type: "split", display: at.display.id, cell: at.cell.id, columns, rows };
}

export function split(columns: number, rows: number): void {
  const [at, command] = [current.value, splitting(columns, rows)];
  if (at && command) void perform(command, inBoth`${cellWords(at)}: ${columns} × ${rows}`);
}

/** Of the selected cells; null: there is nothing to merge. */
export function merging(): Command | null {
  return selection.value.length > 1 ? { type: "merge", cells: selection.value } : null;
}

export function merge(): void {
  const command = merging();
  if (command) void perform(command, WORDS.merge);
}

export function toggleLock(): void {
  const locked = current.value?.cell.locked ?? false;
  each(locked ? "unlock" : "lock", locked ? WORDS.unlock : WORDS.lock);
}

export function recalling({ id }: Scene): Command {
  return { type: "recall_scene", scene: id };
}

export function recall(scene: Scene): void {
  void perform(recalling(scene), inBoth`${WORDS.recalled}: ${scene.name}`);
}

/** Opens the form, for who may. */
export function saveScene(): void {
  if (isWhole.value) dialog.value = "scene";
  else problem.value = WHY_SHUT.wholeWall;
}

export async function identify(): Promise<void> {
  await attempt(async () => {
    const { told, ms } = await ask<{ told: number; ms: number }>(`${wallPath}/identify`, "POST");
    if (told === 0) return WORDS.noBrowser;
    // Then they show their pictures again, and may show their numbers once more by somebody else.
    setTimeout(() => {
      if (said.value === WORDS.identified) said.value = null;
    }, ms);
    return undefined;
  }, WORDS.identified);
}

export function cellName(at: { readonly display: Display; readonly number: number }): string {
  return say(cellWords(at));
}

export function cellWords({ display, number }: { readonly display: Display; readonly number: number }): Said {
  return inBoth`${display.name}, ${WORDS.cell} ${number}`;
}

export function contentName(content: Content): string {
  return say(contentWords(content));
}

export function contentWords(content: Content): Said {
  return contentWordsOn(wall.value ?? undefined, content);
}

function same(a: Address, b: Address): boolean {
  return a.display === b.display && a.cell === b.cell;
}
