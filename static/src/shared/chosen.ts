/** The language that somebody chose on this machine. */
import { type Language, languageOf } from "./language";

const KEPT = "wallserver.language";

export function chosenLanguage(): Language {
  return languageOf(location.search, localStorage.getItem(KEPT));
}

export function keepLanguage(language: Language): void {
  localStorage.setItem(KEPT, language);
}
