import type { Said } from "./language";

/** What a cell can show besides a camera or a tour. */
export const CONTENT_WORDS = {
  empty: { id: "kosong", en: "empty" },
  clock: { id: "Jam", en: "Clock" },
  text: { id: "Teks", en: "Text" },
  image: { id: "Gambar", en: "Image" },
  web: { id: "Halaman web", en: "Web page" },
  states: { id: "Keadaan kamera", en: "Camera states" },
} as const satisfies Record<string, Said>;
