import type { Language, Said } from "../shared/language";

export const WORDS = {
  pairTitle: { id: "Layar baru", en: "New display" },
  pairHow: {
    id: "Buka konsol, pilih layar, lalu ketik kode ini.",
    en: "Open the console, choose a display, then type this code.",
  },
  pairAt: { id: "Konsol", en: "Console" },
  noServer: { id: "Server belum menjawab.", en: "The server does not answer yet." },
  comesBack: {
    id: "Layar ini mencoba lagi sendiri.",
    en: "This display keeps trying by itself.",
  },
  noPlan: { id: "Menunggu rencana dari server.", en: "Waiting for the server's plan." },
  removedTitle: { id: "Layar ini tidak ada di dinding mana pun.", en: "This display is on no wall." },
  removedHow: {
    id: "Jika dikembalikan dalam 10 menit, layar ini tampil lagi sendiri; setelah itu ia meminta kode baru.",
    en: "Put back within 10 minutes, it shows its wall again by itself; after that it asks for a new code.",
  },
  emptyTitle: { id: "Layar ini masih kosong.", en: "This display is still empty." },
  emptyHow: {
    id: "Pilih kamera untuk layar ini di konsol.",
    en: "Choose cameras for it in the console.",
  },
  still: { id: "Gambar diam", en: "Still" },
  eased: { id: "Tampilan diperingan: layar ini kewalahan", en: "Kept lighter: this display had too much to show" },
  notAllowed: {
    id: "Situs ini tidak ada di display.panel_sites.",
    en: "This site is not among display.panel_sites.",
  },
  noImage: { id: "Gambar tidak dapat dimuat.", en: "The image cannot be loaded." },
  noZone: { id: "Zona waktu tidak dikenal", en: "Unknown time zone" },
  states: { id: "Keadaan", en: "States" },
  held: { id: "Gambar", en: "Pictures" },
} as const satisfies Record<string, Said>;

/** Of a list: how many more there are. */
export function moreWords(count: number, language: Language): string {
  const number = count.toLocaleString(language);
  return language === "en" ? `and ${number} more` : `dan ${number} lagi`;
}
