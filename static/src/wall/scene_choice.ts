/** The scene that a form is about. Pure. */
import type { Scene } from "../shared/walls";

/** "": it is gone, and nobody has chosen another one. Never another in its place: scenes come, go and change places. */
export function chosenOf(chosen: string, scenes: readonly Scene[]): string {
  return scenes.some(({ id }) => id === chosen) ? chosen : "";
}
