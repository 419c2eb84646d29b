/** The keys while the preview covers the page: what it covers can be neither seen nor reached. */
import { enlarged, isLarge } from "./desk";

/** The picture of this preview has the focus. Gives what gives it back to what had it, unless something else has it by then. */
export function focusOn(preview: HTMLElement): () => void {
  const before = document.activeElement;
  preview.querySelector<HTMLElement>(".stage")?.focus();
  return () => {
    const { activeElement: now } = document;
    const isElsewhere = now !== null && now !== document.body && !preview.contains(now);
    if (!isElsewhere && before instanceof HTMLElement) before.focus();
  };
}

/** Goes to what is covered: at once, or when it can have the focus again, before the next key. */
export function uncovered(go: () => void): void {
  if (isLarge.value) {
    enlarged.value = false;
    queueMicrotask(go); // behind Preact's, which draws the page
  } else {
    go();
  }
}
