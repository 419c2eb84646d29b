import type { Said } from "./language";

/** Of displays and the screens that are them. */
export const PAIR_WORDS = {
  pair: { id: "Pasangkan", en: "Pair" },
  pairAgain: { id: "Pasangkan ulang", en: "Pair again" },
  pairTitle: { id: "Pasangkan layar", en: "Pair a display" },
  pairHow: {
    id: "Buka /display di peramban layar itu, lalu ketik enam karakter yang tampil.",
    en: "Open /display in that display's browser, then type the six characters that it shows.",
  },
  pairReplaces: {
    id: "Peramban yang sekarang menjadi layar ini akan dilepas.",
    en: "The browser that is this display now will be let go.",
  },
  code: { id: "Kode", en: "Code" },
  wrongCode: { id: "Tidak ada layar yang menampilkan kode ini.", en: "No screen shows this code." },
  tooMany: { id: "Terlalu banyak percobaan. Tunggu satu menit.", en: "Too many tries. Wait a minute." },
  connected: { id: "terhubung", en: "connected" },
  notConnected: { id: "tidak terhubung", en: "not connected" },
  notPaired: { id: "belum dipasangkan", en: "not paired" },
} as const satisfies Record<string, Said>;
