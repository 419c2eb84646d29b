/** What the parts of this page call things. */
import { language, now, say } from "../shared/session";
import * as time from "../shared/time";
import type { Wall } from "../shared/walls";
import { WORDS } from "./words";

export function sceneName(wall: Wall, scene: string): string {
  return wall.scenes.find(({ id }) => id === scene)?.name ?? `${scene} (${say(WORDS.goneScene)})`;
}

/** "14.03", with the day in front if that is not today. `at` in unix ms. */
export function moment(at: number): string {
  return time.shortMoment(at, now.value, language.value);
}

/** The same with the zone: "14.03 WITA". */
export function zonedMoment(at: number): string {
  return time.zonedMoment(at, now.value, language.value);
}
