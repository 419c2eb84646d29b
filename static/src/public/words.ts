import { signal } from "@preact/signals";
import { type Language, languageOf, type Said } from "../shared/language";
import type { Way } from "./ways";

const KEY = "wallserver.public.language";

export const WORDS = {
  title: { id: "Kamera kota", en: "City cameras" },
  find: { id: "Cari kamera", en: "Find a camera" },
  none: { id: "Saat ini tidak ada kamera publik.", en: "There are no public cameras at present." },
  notFound: { id: "Tidak ada kamera yang cocok.", en: "No camera matches." },
  gone: { id: "Kamera ini tidak ada, atau tidak lagi publik.", en: "This camera is not there, or public no more." },
  back: { id: "Semua kamera", en: "All cameras" },
  other: { id: "English", en: "Bahasa Indonesia" },
  away: { id: "Tidak ada gambar saat ini", en: "No picture at present" },
  cutOff: { id: "Ditutup untuk umum", en: "Closed to the public" },
  until: { id: "Sampai", en: "Until" },
  starting: { id: "Menyambungkan…", en: "Connecting…" },
  again: { id: "Gambar terputus. Menyambungkan lagi…", en: "The picture stopped. Connecting again…" },
  offline: { id: "Server tidak menjawab. Mencoba lagi…", en: "The server does not answer. Trying again…" },
  share: { id: "Bagikan", en: "Share" },
  shared: { id: "Alamat disalin", en: "Address copied" },
} as const satisfies Record<string, Said>;

/** What the page says of how the picture comes. */
export const WAY_WORDS: Readonly<Record<Way, Said>> = {
  webrtc: { id: "Langsung, seketika", en: "Live, at once" },
  hls: { id: "Langsung, beberapa detik lebih lambat", en: "Live, some seconds later" },
  still: { id: "Gambar diam, diperbarui setiap 2 detik", en: "Stills, refreshed every 2 seconds" },
};

/** What is said while the first picture is waited for. */
export function delayed(seconds: number): Said {
  return {
    id: `Gambar untuk umum ditunda ${seconds} detik.`,
    en: `Pictures for the public are delayed by ${seconds} seconds.`,
  };
}

export const language = signal<Language>(languageOf(location.search, remembered()));

export function say(said: Said): string {
  return said[language.value];
}

export function otherLanguage(): void {
  language.value = language.value === "id" ? "en" : "id";
  try {
    localStorage.setItem(KEY, language.value);
  } catch {
    // A frame on another site may be denied it.
  }
}

function remembered(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
