/** A camera's state in words that say of when they are. Pure. */
import type { Language, Said } from "./language";
import { type CameraState, stateName, stateSentence } from "./states";
import { asOfText, shortMoment, sinceText, zonedMoment } from "./time";

const WELL_AT: Said = { id: "Baik pada kunjungan", en: "Well at the visit of" };

/** When it was seen to be well, where nobody has looked since; null: it is well now, or is not well. */
function wellAt({ state, visited, seen_ms }: CameraState): number | null {
  return state === "live" && visited ? seen_ms : null;
}

/**
 * In one or two words; "Baik pada kunjungan 14.03" where it was well, and nobody has looked since; "Langsung per 14.03"
 * where nobody has said so since. `now`, `asOf`: unix ms.
 */
export function stateWords(facts: CameraState, now: number, language: Language, asOf: number | null = null): string {
  const seen = wellAt(facts);
  return seen === null ? [stateName(facts.state, language), asOfWords(now, language, asOf)].join("") : `${WELL_AT[language]} ${shortMoment(seen, now, language)}`;
}

/** In a sentence, with since when: "Langsung sejak 14.03 WITA", "Kamera tidak menjawab. (sejak 14.03 WITA)". */
export function stateSince(facts: CameraState, now: number, language: Language, asOf: number | null = null): string {
  const seen = wellAt(facts);
  if (seen !== null) return `${WELL_AT[language]} ${zonedMoment(seen, now, language)}`;
  const { state, since_ms } = facts;
  if (state === "live" && asOf !== null) return stateWords(facts, now, language, asOf);
  const since = since_ms === null ? "" : sinceText(since_ms, now, language);
  if (state === "live") return [stateName(state, language), since].filter(Boolean).join(" ");
  return [stateSentence(state, facts, language), since && `(${since})`].filter(Boolean).join(" ");
}

/** " per 14.03", behind what was so then; nothing where it is so now. */
export function asOfWords(now: number, language: Language, asOf: number | null): string {
  return asOf === null ? "" : ` ${asOfText(asOf, now, language)}`;
}
