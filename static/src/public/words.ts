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
  showMap: { id: "Tampilkan peta", en: "Show the map" },
  hideMap: { id: "Tutup peta", en: "Close the map" },
  map: { id: "Peta", en: "Map" },
  mapHow: {
    id: "Peta kamera. Panah menggeser, + dan − memperbesar dan memperkecil. Daftar di bawah berisi kamera yang sama.",
    en: "Map of cameras. The arrow keys move it, + and − zoom. The list below has the same cameras.",
  },
  noMap: { id: "Peramban ini tidak dapat menggambar peta. Daftar di bawah lengkap.", en: "This browser cannot draw the map. The list below has all cameras." },
  here: { id: "Kamera di titik ini", en: "Cameras at this point" },
  back: { id: "Semua kamera", en: "All cameras" },
  other: { id: "English", en: "Bahasa Indonesia" },
  away: { id: "Tidak ada gambar saat ini", en: "No picture at present" },
  cutOff: { id: "Ditutup untuk umum", en: "Closed to the public" },
  until: { id: "Sampai", en: "Until" },
  starting: { id: "Menyambungkan…", en: "Connecting…" },
  again: { id: "Gambar terputus. Menyambungkan lagi…", en: "The picture stopped. Connecting again…" },
  stopped: { id: "Gambar berhenti sejenak", en: "The picture has stopped for a moment" },
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

/** What the map says by itself, by MapLibre's own names. */
export const MAP_WORDS: Readonly<Record<Language, Readonly<Record<string, string>>>> = {
  id: {
    "Map.Title": "Peta",
    "NavigationControl.ZoomIn": "Perbesar",
    "NavigationControl.ZoomOut": "Perkecil",
    "AttributionControl.ToggleAttribution": "Sumber data peta",
    "CooperativeGesturesHandler.WindowsHelpText": "Tekan Ctrl sambil menggulir untuk memperbesar peta",
    "CooperativeGesturesHandler.MacHelpText": "Tekan ⌘ sambil menggulir untuk memperbesar peta",
    "CooperativeGesturesHandler.MobileHelpText": "Geser peta dengan dua jari",
  },
  en: {
    "Map.Title": "Map",
    "NavigationControl.ZoomIn": "Zoom in",
    "NavigationControl.ZoomOut": "Zoom out",
    "AttributionControl.ToggleAttribution": "Whose map data this is",
    "CooperativeGesturesHandler.WindowsHelpText": "Hold Ctrl while scrolling to zoom the map",
    "CooperativeGesturesHandler.MacHelpText": "Hold ⌘ while scrolling to zoom the map",
    "CooperativeGesturesHandler.MobileHelpText": "Move the map with two fingers",
  },
};

/** What is said of pictures that are late on purpose. */
export function delayed(seconds: number): Said {
  return {
    id: `Gambar untuk umum ditunda ${seconds} detik.`,
    en: `Pictures for the public are delayed by ${seconds} seconds.`,
  };
}

/** What is said of a picture that comes, and whether it is live: what is late on purpose, or has stopped, is not. */
export function sentenceOf(way: Way, { dark, delayS, moves }: { dark: boolean; delayS: number; moves: boolean }): { said: Said; live: boolean } {
  if (dark) return { said: WORDS.away, live: false };
  if (way === "still") return { said: WAY_WORDS.still, live: false };
  if (!moves) return { said: WORDS.stopped, live: false };
  return delayS > 0 ? { said: delayed(delayS), live: false } : { said: WAY_WORDS[way], live: true };
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
