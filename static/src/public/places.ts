import type { Placed } from "../shared/map_points";
import type { Camera } from "./cameras";

/** A camera as the map has it. */
export function placed({ id, name, group, position, state, dark }: Camera): Placed {
  const [latitude, longitude] = position ?? [null, null];
  const tone = state === "cut_off" ? "warn" : state === "away" || dark ? "calm" : "good";
  return { id, name, tone, district: group, latitude, longitude };
}
