/** The keyboard: everything that the pointer does, and some more. */
import { type Direction, neighbourOf } from "../shared/walls";
import { inBoth } from "../shared/language";
import { whyShut } from "../shared/scope";
import { isFree, moved, nudged } from "./grid";
import { placesOf, resizing } from "./dragging";
import { cellsOnWall } from "../shared/hang";
import { isWhole } from "./now";
import {
  type Address,
  cellAt,
  cellWords,
  current,
  currentDisplay,
  dialog,
  drag,
  each,
  hung,
  identify,
  merge,
  openUp,
  perform,
  recall,
  redo,
  saveScene,
  select,
  selection,
  split,
  tab,
  toggleLock,
  undo,
  wall,
} from "./store";
import { WORDS } from "./words";

const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};

/** Keys on a cell. Arrows select, with Shift they resize, with Alt they move. */
export function onCellKey(event: KeyboardEvent, address: Address): void {
  const direction = ARROWS[event.key];
  if (direction) {
    event.preventDefault();
    if (event.shiftKey) resize(address, direction);
    else if (event.altKey) move(address, direction);
    else go(address, direction);
  } else if (event.key === "Enter") {
    event.preventDefault();
    select(address);
    toSearch();
  } else if (event.key === " ") {
    event.preventDefault();
    select(address, true);
  } else if (event.key === "Delete") {
    event.preventDefault();
    if (event.repeat) return;
    if (!selection.value.some(({ display, cell }) => display === address.display && cell === address.cell)) select(address);
    if (event.shiftKey) each("remove", WORDS.remove);
    else each("clear", WORDS.clear);
  }
}

function go(from: Address, direction: Direction): void {
  const cells = hung.value ? cellsOnWall(hung.value) : [];
  const here = cells.find(({ display, cell }) => display.id === from.display && cell.id === from.cell);
  const to = here && neighbourOf(cells, here, ({ rect }) => rect, direction);
  if (!to) return;
  select({ display: to.display.id, cell: to.cell.id });
  focusCell({ display: to.display.id, cell: to.cell.id });
}

export function focusCell({ display, cell }: Address): void {
  requestAnimationFrame(() => {
    const place = `[data-display="${CSS.escape(display)}"][data-cell="${CSS.escape(cell)}"]`;
    document.querySelector<HTMLElement>(`.ed-wall ${place}`)?.focus();
  });
}

function resize(address: Address, direction: Direction): void {
  const at = cellAt(address);
  const rect = at && nudged(placesOf(at.display), at.cell, direction);
  if (!at || !rect) return;
  const target = resizing(at.display, at.cell, rect);
  if (target.legal && target.command) void perform(target.command, inBoth`${cellWords(at)}: ${WORDS.hereResize}`);
}

/** One line further, or over what stands in the way to the next free place in that direction. */
function move(address: Address, direction: Direction): void {
  const at = cellAt(address);
  if (!at || whyShut(at.display, at.cell)) return;
  const places = placesOf(at.display, at.cell.id);
  const [dx, dy] = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] }[direction] as [number, number];
  const step = [places.columns / 24, places.rows / 24];
  for (let n = 1; n <= 24; n += 1) {
    const rect = moved(places, at.cell, dx * n * (step[0] ?? 1), dy * n * (step[1] ?? 1));
    if (rect.x === at.cell.x && rect.y === at.cell.y) continue;
    if (!isFree(places, rect)) continue;
    const command = { type: "move", display: at.display.id, cell: at.cell.id, x: rect.x, y: rect.y } as const;
    void perform(command, inBoth`${cellWords(at)}: ${WORDS.hereMove}`);
    return;
  }
}

export function toSearch(): void {
  tab.value = "cameras";
  requestAnimationFrame(() => document.querySelector<HTMLInputElement>("#search")?.select());
}

/** Keys of the whole page; one that is held does nothing twice. */
export function onPageKey(event: KeyboardEvent): void {
  const { key, target } = event;
  const field = target instanceof HTMLInputElement && target.type !== "radio";
  const typing = field || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
  const control = event.ctrlKey || event.metaKey;
  if (document.querySelector("dialog[open]") || drag.value) return;
  if (control && key.toLowerCase() === "f") {
    event.preventDefault();
    toSearch();
  } else if (control && !typing && (key === "y" || (key.toLowerCase() === "z" && event.shiftKey))) {
    event.preventDefault();
    if (!event.repeat) redo();
  } else if (control && !typing && key === "z") {
    event.preventDefault();
    if (!event.repeat) undo();
  } else if (key === "Escape") {
    const last = selection.value.at(-1);
    if (typing && last) focusCell(last);
    else select(null);
  } else if (!typing && !control && !event.altKey && !event.repeat) {
    onLetter(event);
  }
}

function onLetter(event: KeyboardEvent): void {
  const doing = LETTERS[event.key.toLowerCase()];
  if (/^[0-9]$/.test(event.key)) recallBy(Number(event.key));
  else if (doing) doing();
  else return;
  event.preventDefault();
}

function recallBy(key: number): void {
  const scene = wall.value?.scenes.find((one) => one.key === key);
  if (scene) recall(scene);
}

const LETTERS: Readonly<Record<string, () => unknown>> = {
  "/": toSearch,
  "?": () => {
    dialog.value = "help";
  },
  h: () => split(2, 1),
  v: () => split(1, 2),
  x: () => split(2, 2),
  g: merge,
  l: () => current.value && toggleLock(),
  s: saveScene,
  i: () => void identify(),
  d: () => isWhole.value && currentDisplay.value && openUp({ display: currentDisplay.value.id }),
  w: () => isWhole.value && openUp("wall"),
};
