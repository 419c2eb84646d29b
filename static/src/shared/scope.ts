/** What somebody may rearrange: the rest of the wall is locked for them, and looks so. Pure. */
import type { Wall } from "./walls";

/** Of `/api/me`; null: everywhere. */
export interface Scope {
  /** By display its cells, null: all of them. A display that is not named is not theirs. */
  readonly displays?: Readonly<Record<string, readonly string[] | null>> | null;
}

export function within(wall: Wall, scope: Scope | null | undefined): Wall {
  const theirs = scope?.displays;
  if (!theirs) return wall;
  return {
    ...wall,
    displays: wall.displays.map((display) => {
      const cells = theirs[display.id];
      if (cells === null) return display;
      if (cells === undefined) return { ...display, locked: true };
      const layout = {
        ...display.layout,
        cells: display.layout.cells.map((cell) => (cells.includes(cell.id) ? cell : { ...cell, locked: true })),
      };
      return { ...display, layout };
    }),
  };
}
