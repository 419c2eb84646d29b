/** A camera on its way to a cell: by the pointer, or in hand by keys. */
import { signal } from "@preact/signals";
import { type Shut, whyShut } from "../shared/scope";
import { mayDo } from "../shared/session";
import { cameraName } from "../shared/site";
import { inHand, myWalls, select, selected, selectedCell, show } from "./desk";
import { uncovered } from "./enlarging";
import { type CellAddress, findCell } from "../shared/walls";

/** A hand that trembles does not drag. */
const THRESHOLD_PX = 4;

export interface Drag {
  readonly camera: string;
  readonly name: string;
  /** Of the pointer on the page. */
  readonly x: number;
  readonly y: number;
  /** The cell under it, and why that may show no other camera. */
  readonly over: (CellAddress & { readonly shut: Shut | null }) | null;
}

export const drag = signal<Drag | null>(null);

/** Follows the pointer from here until it is let go, or Esc, or a finger that rests opens the menu. */
export function beginDrag(event: PointerEvent, camera: string): void {
  if (event.button !== 0 || !event.isPrimary || !mayDo("cells.arrange")) return;
  const { clientX: startX, clientY: startY, pointerId } = event;
  const ended = new AbortController();
  const options = { signal: ended.signal };
  const end = (): void => {
    ended.abort();
    drag.value = null;
  };
  const move = (to: PointerEvent): void => {
    if (to.pointerId !== pointerId) return;
    if (!drag.value && Math.hypot(to.clientX - startX, to.clientY - startY) < THRESHOLD_PX) return;
    to.preventDefault();
    drag.value = { camera, name: cameraName(camera) ?? camera, x: to.clientX, y: to.clientY, over: cellUnder(to) };
  };
  const drop = (at: PointerEvent): void => {
    if (at.pointerId !== pointerId) return;
    const { over } = drag.value ?? { over: null };
    if (drag.value) swallowClick();
    end();
    if (over) void show(camera, over);
  };
  window.addEventListener("pointermove", move, options);
  window.addEventListener("pointerup", drop, options);
  window.addEventListener("pointercancel", end, options);
  window.addEventListener("blur", end, options);
  window.addEventListener("contextmenu", end, options);
  window.addEventListener("keydown", (key) => key.key === "Escape" && end(), options);
}

function cellUnder({ clientX, clientY }: PointerEvent): Drag["over"] {
  const element = document.elementFromPoint(clientX, clientY)?.closest<HTMLElement>("[data-cell]");
  const address = element && addressOf(element);
  return address ? { ...address, shut: shutAt(address) } : null;
}

export function addressOf(element: HTMLElement): CellAddress | null {
  const { wall, display, cell } = element.dataset;
  return wall && display && cell ? { wall, display, cell } : null;
}

/** Why it cannot be changed; null: it can. */
export function shutAt(address: CellAddress): Shut | null {
  const found = findCell(myWalls.value?.find(({ id }) => id === address.wall), address);
  return found && whyShut(found.display, found.cell);
}

/** A drag that ends where it began would count as a click, too. */
function swallowClick(): void {
  const ended = new AbortController();
  window.addEventListener("click", (event) => event.stopPropagation(), { capture: true, signal: ended.signal });
  setTimeout(() => ended.abort(), 0);
}

/** Takes a camera in hand and goes to the wall with it: into the selected cell at once, if there is one still. */
export function carry(camera: string): void {
  if (!mayDo("cells.arrange")) return;
  if (selected.value && selectedCell.value) {
    const address = selected.value;
    void show(camera, address);
    uncovered(() => focusCell(address));
  } else {
    inHand.value = camera;
    uncovered(() => focusCell(null));
  }
}

/** What is in hand goes into this cell. */
export function putDown(address: CellAddress): void {
  const camera = inHand.value;
  inHand.value = null;
  if (camera !== null) void show(camera, address);
  if (selected.value) select(null);
}

/** Goes to a cell, or to the one where one was last: at once, so that the next key is meant for it. */
export function focusCell(address: CellAddress | null): void {
  const place = address
    ? `[data-wall="${CSS.escape(address.wall)}"][data-display="${CSS.escape(address.display)}"][data-cell="${CSS.escape(address.cell)}"]`
    : ".mini-cell[tabindex='0']";
  document.querySelector<HTMLElement>(place)?.focus();
}
