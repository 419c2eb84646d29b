/** From pointer events to drags. What a drag means where is `dragging.ts`; what is seen of it is in `canvas.tsx`. */
import { say } from "../shared/session";
import { type Dragged, landingOf, type Point, targetOf } from "./dragging";
import { focusCell } from "./keys";
import { contentWords, drag, hung, perform, select } from "./store";

/** A hand that trembles does not drag. */
const THRESHOLD_PX = 4;

/** The element in which the wall is drawn, set by the canvas. */
export const wallElement: { current: HTMLElement | null } = { current: null };

/** Where a point of the page lies on the wall, in its pixels; null while there is no wall. */
export function wallPoint(x: number, y: number): Point | null {
  const box = wallElement.current?.getBoundingClientRect();
  const wall = hung.value;
  if (!box || !wall || box.width === 0) return null;
  return { x: ((x - box.left) * wall.width) / box.width, y: ((y - box.top) * wall.height) / box.height };
}

/** Follows the pointer from here until it is let go, or Esc. */
export function beginDrag(event: PointerEvent, dragged: Dragged): void {
  if (event.button !== 0 || !event.isPrimary) return;
  const { clientX: startX, clientY: startY, pointerId } = event;
  const ended = new AbortController();
  const options = { signal: ended.signal };
  const words = dragged.kind === "content" ? contentWords(dragged.content) : null;
  const name = words ? say(words) : "";
  const end = (): void => {
    ended.abort();
    drag.value = null;
  };
  const move = (to: PointerEvent): void => {
    if (to.pointerId !== pointerId) return;
    if (!drag.value && Math.hypot(to.clientX - startX, to.clientY - startY) < THRESHOLD_PX) return;
    to.preventDefault();
    const [at, wall] = [wallPoint(to.clientX, to.clientY), hung.value];
    const target = at && wall ? targetOf(wall, dragged, at) : null;
    drag.value = { dragged, name, x: to.clientX, y: to.clientY, target };
  };
  const drop = (at: PointerEvent): void => {
    if (at.pointerId !== pointerId) return;
    const done = drag.value;
    end();
    if (done) swallowClick();
    const command = done?.target?.legal ? done.target.command : null;
    if (!command) return;
    const landing = landingOf(command);
    if (landing) {
      select(landing);
      focusCell(landing);
    }
    void perform(command, words);
  };
  window.addEventListener("pointermove", move, options);
  window.addEventListener("pointerup", drop, options);
  window.addEventListener("pointercancel", end, options);
  window.addEventListener("blur", end, options);
  window.addEventListener("keydown", (key) => key.key === "Escape" && end(), options);
}

/** A drag that ends where it began would count as a click, too. */
function swallowClick(): void {
  const ended = new AbortController();
  window.addEventListener("click", (event) => event.stopPropagation(), { capture: true, signal: ended.signal });
  setTimeout(() => ended.abort(), 0);
}
