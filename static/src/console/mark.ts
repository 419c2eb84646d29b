/** What stands over the preview's picture: how much that can be trusted. Pure. */
import type { Language, Said } from "../shared/language";
import type { Liveness } from "../shared/liveness";
import { isOld } from "../shared/still_age";
import { isDead, isFault, isWell, type State, stateName } from "../shared/states";
import { agoText, ageText } from "../shared/time";
import { WORDS } from "./words";

export interface Mark {
  readonly state: State;
  readonly words: string;
  /** How old it is, or of when, and why there is none that is newer: it counts on, which nobody wants to hear. */
  readonly age: string;
  /** The picture is not of now, and looks so. */
  readonly old: boolean;
}

/** What is known of the picture that is shown of a camera. */
export interface Pictured {
  /** The camera's, as control tells it. */
  readonly state: State;
  /** Of the video that is shown; null: there is none. */
  readonly running: Liveness | null;
  /** Why the server gives no video, or no other one; null: it did not refuse. */
  readonly refusal: Said | null;
  readonly still: boolean;
  /** Of the still; null: nobody knows. */
  readonly stillAgeMs: number | null;
}

/**
 * The server's word on the camera counts as much as the pictures: of a composed stream these never end. `now`: of
 * `performance.now()`.
 */
export function markOf({ state, running, refusal, still, stillAgeMs }: Pictured, now: number, language: Language): Mark {
  const runs = running?.at(now) ?? "waiting";
  const because = refusal === null ? "" : ` · ${refusal[language]}`;
  if (runs === "live" && isWell(state)) {
    return { state, words: isFault(state) ? stateName(state, language) : WORDS.live[language], age: "", old: false };
  }
  // Its pictures come before the server's word that it is pulled now.
  if (runs === "live" && (state === "off" || state === "connecting")) {
    return { state: "connecting", words: WORDS.lookingFor[language], age: "", old: false };
  }
  if (runs === "held" && !isDead(state)) return { state: "connecting", words: WORDS.held[language], age: "", old: false };
  if (running && runs !== "waiting") {
    const age = runs === "stale" ? `, ${ageText(running.ageMs(now) ?? 0, language)}` : "";
    return { state: isDead(state) ? state : "stale", words: WORDS.oldPicture[language], age: `${age}${because}`, old: true };
  }
  const isGone = isDead(state) && state !== "off";
  if (still) {
    const age = stillAgeMs === null ? "" : ` · ${agoText(stillAgeMs, language)}`;
    return { state: isGone ? state : "stale", words: WORDS.still[language], age: `${age}${because}`, old: isOld(stillAgeMs) };
  }
  if (isGone) return { state, words: stateName(state, language), age: "", old: false };
  return { state: "connecting", words: refusal?.[language] ?? WORDS.lookingFor[language], age: "", old: false };
}
