import type { ListWords } from "./camera_list";
import type { Said } from "./language";

export const LIST_WORDS = {
  cameras: { id: "Kamera", en: "Cameras" },
  search: { id: "Cari kamera, lorong… (tekan /)", en: "Search cameras… (press /)" },
  loading: { id: "Memuat…", en: "Loading…" },
  noCameras: {
    id: "Tidak ada kamera yang boleh Anda lihat. Administrator mengisi katalog dan menentukan hak.",
    en: "There is no camera that you may see. An administrator fills the catalogue and gives rights.",
  },
  noMatch: { id: "Tidak ada kamera yang cocok.", en: "No camera matches." },
  clearSearch: { id: "Hapus pencarian", en: "Clear the search" },
  bad: { id: "bermasalah", en: "in trouble" },
  onWall: { id: "tampil di dinding", en: "on the wall" },
} as const satisfies Record<string, Said>;

export function listWords(say: (words: Said) => string): ListWords {
  return {
    list: say(LIST_WORDS.cameras),
    search: say(LIST_WORDS.search),
    loading: say(LIST_WORDS.loading),
    none: say(LIST_WORDS.noCameras),
    noMatch: say(LIST_WORDS.noMatch),
    clearSearch: say(LIST_WORDS.clearSearch),
    bad: say(LIST_WORDS.bad),
  };
}
