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
