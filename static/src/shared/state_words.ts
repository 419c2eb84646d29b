/** A camera's state in words that say of when they are. Pure. */
import type { Language, Said } from "./language";
import { type CameraState, stateName, stateSentence } from "./states";
import { shortMoment, sinceText, zonedMoment } from "./time";

const WELL_AT: Said = { id: "Baik pada kunjungan", en: "Well at the visit of" };

/** When it was seen to be well, where nobody has looked since; null: it is well now, or is not well. */
function wellAt({ state, visited, seen_ms }: CameraState): number | null {
  return state === "live" && visited ? seen_ms : null;
}

/** In one or two words; "Baik pada kunjungan 14.03" where it was well, and nobody has looked since. `now`: unix ms. */
export function stateWords(facts: CameraState, now: number, language: Language): string {
  const seen = wellAt(facts);
  return seen === null ? stateName(facts.state, language) : `${WELL_AT[language]} ${shortMoment(seen, now, language)}`;
}

/** In a sentence, with since when: "Langsung sejak 14.03 WITA", "Kamera tidak menjawab. (sejak 14.03 WITA)". */
export function stateSince(facts: CameraState, now: number, language: Language): string {
  const seen = wellAt(facts);
  if (seen !== null) return `${WELL_AT[language]} ${zonedMoment(seen, now, language)}`;
  const { state, since_ms } = facts;
  const since = since_ms === null ? "" : sinceText(since_ms, now, language);
  if (state === "live") return [stateName(state, language), since].filter(Boolean).join(" ");
  return [stateSentence(state, facts, language), since && `(${since})`].filter(Boolean).join(" ");
}
