/** Keys of the whole page; those of a list, a cell, a picture are with these. */
import { carry, drag, focusCell } from "./carrying";
import { choose, chosen, enlarged, helping, inHand, isLarge, myWalls, recall, select, selected, undo } from "./desk";
import { uncovered } from "./enlarging";
import { mayDo } from "../shared/session";
import { typed } from "../shared/site";
import { handingOver } from "./handovers";
import { endReplay, replay } from "./replaying";

export function onPageKey(event: KeyboardEvent): void {
  const { key, target } = event;
  const typing = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
  const control = event.ctrlKey || event.metaKey;
  if (document.querySelector("dialog[open], .menu") || drag.value) return;
  if (control && key === "f") toSearch();
  else if (control && key === "z" && !typing) void undo();
  else if (key === "Escape") back(typing);
  else if (typing || control || event.altKey || event.repeat || !onLetter(key)) return;
  event.preventDefault();
}

function toSearch(): void {
  uncovered(() => document.querySelector<HTMLInputElement>("#search")?.select());
}

/** One step back. `typing`: in the search, which is the only field outside dialogs. */
function back(typing: boolean): void {
  if (inHand.value) inHand.value = null;
  else if (typing && typed.value !== "") typed.value = "";
  else if (replay.value) endReplay();
  else if (isLarge.value) enlarged.value = false;
  else if (typing) focusCell(null);
  else if (selected.value) select(null);
  else choose(null);
}

/** Whether the key means something. */
function onLetter(key: string): boolean {
  if (/^[0-9]$/.test(key)) return onDigit(Number(key));
  const doing = LETTERS[key.toLowerCase()];
  doing?.();
  return doing !== undefined;
}

/** The scene on this digit, of the wall on which one is, or of the first that has one. */
function onDigit(digit: number): boolean {
  // Beside + and −: no wall changes that nobody sees.
  if (isLarge.value) return false;
  const all = myWalls.value ?? [];
  const here = document.activeElement?.closest<HTMLElement>("[data-wall]")?.dataset.wall ?? selected.value?.wall;
  const wall = all.find(({ id, scenes }) => (here === undefined || id === here) && scenes.some((one) => one.key === digit));
  const scene = wall?.scenes.find((one) => one.key === digit);
  if (wall && scene) void recall(wall, scene);
  return scene !== undefined;
}

function press(button: string): void {
  document.querySelector<HTMLButtonElement>(button)?.click();
}

const LETTERS: Readonly<Record<string, () => void>> = {
  "/": toSearch,
  "?": () => (helping.value = true),
  e: () => press("#enlarge"),
  h: () => mayDo("handovers") && (handingOver.value = true),
  m: () => uncovered(() => document.querySelector<HTMLElement>(".map canvas")?.focus()),
  p: () => chosen.value !== null && carry(chosen.value),
  r: () => press("#replay"),
  s: () => press("#snapshot"),
  t: toPad,
  w: () => uncovered(() => focusCell(selected.value)),
};

/** Opened, it has the keys at once. */
function toPad(): void {
  press("#steer");
  document.querySelector<HTMLElement>(".steering")?.focus();
}
