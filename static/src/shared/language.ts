/** Indonesian first; English where a person asks for it. */
export type Language = "id" | "en";

/** The same text in both languages. */
export interface Said {
  readonly id: string;
  readonly en: string;
}

/** `?lang=en` decides, then what was chosen on this machine before, then Indonesian. */
export function languageOf(search: string, remembered: string | null): Language {
  const asked = new URLSearchParams(search).get("lang") ?? remembered;
  return asked === "en" ? "en" : "id";
}

/** A text in both languages, made of such texts and of names: inBoth`${WORDS.scene}: ${scene.name}`. */
export function inBoth(texts: readonly string[], ...parts: readonly (Said | string | number)[]): Said {
  const inOne = (language: Language): string =>
    String.raw({ raw: texts }, ...parts.map((part) => (typeof part === "object" ? part[language] : part)));
  return { id: inOne("id"), en: inOne("en") };
}
