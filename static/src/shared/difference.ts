/** What differs between two revisions of a wall, cell by cell, in the words of `layouts/diff.py`. Pure. */
import { type Cell, inReadingOrder, sameContent, type Wall } from "./walls";

export interface CellChange {
  readonly display: string;
  readonly cell: string;
  readonly kinds: readonly string[];
  readonly before: Cell | null;
  readonly after: Cell | null;
}

/** More lines are not read at a glance. */
const MOST = 8;

/** Those that come first, in reading order, and how many more there are: never one, which would fit in its own place. */
export function firstOf(changes: readonly CellChange[]): { readonly shown: readonly CellChange[]; readonly more: number } {
  const shown = changes.length <= MOST + 1 ? changes : changes.slice(0, MOST);
  return { shown, more: changes.length - shown.length };
}

export function changesOf(before: Wall, after: Wall): CellChange[] {
  const displays = new Set([...before.displays, ...after.displays].map(({ id }) => id));
  return [...displays].flatMap((display) => {
    const [old, now] = [cellsOf(before, display), cellsOf(after, display)];
    const cells = new Set([...old, ...now].map(({ id }) => id));
    return [...cells].flatMap((cell) => {
      const was = old.find(({ id }) => id === cell) ?? null;
      const is = now.find(({ id }) => id === cell) ?? null;
      const kinds = kindsOf(was, is);
      return kinds.length > 0 ? [{ display, cell, kinds, before: was, after: is }] : [];
    });
  });
}

function cellsOf(wall: Wall, display: string): readonly Cell[] {
  return inReadingOrder(wall.displays.find(({ id }) => id === display)?.layout.cells ?? []);
}

function kindsOf(was: Cell | null, is: Cell | null): string[] {
  if (!was || !is) return [was ? "removed" : "added"];
  const found: Record<string, boolean> = {
    moved: was.x !== is.x || was.y !== is.y,
    resized: was.w !== is.w || was.h !== is.h,
    content: !sameContent(was.content, is.content),
    fit: was.fit !== is.fit,
    zoom: JSON.stringify(was.zoom) !== JSON.stringify(is.zoom),
    label: was.label !== is.label,
    locked: !was.locked && is.locked === true,
    unlocked: was.locked === true && !is.locked,
  };
  return Object.keys(found).filter((kind) => found[kind]);
}
