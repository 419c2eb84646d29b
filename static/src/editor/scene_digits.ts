/** The digit under which a scene is saved. Pure. */
import type { Scene } from "../shared/walls";

const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"] as const;

/** That of the scene of this name, which is saved anew: hands know it. Else the first that is free; "": none is. */
export function digitFor(name: string, scenes: readonly Scene[]): string {
  const same = scenes.find((scene) => scene.name === name);
  if (same) return `${same.key ?? ""}`;
  const taken = new Set(scenes.map(({ key }) => `${key ?? ""}`));
  return DIGITS.find((digit) => !taken.has(digit)) ?? "";
}
