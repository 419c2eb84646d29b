import type { Said } from "./language";

export const PAGE_WORDS = {
  pages: { id: "Halaman", en: "Pages" },
  console: { id: "Konsol", en: "Console" },
  status: { id: "Keadaan", en: "Status" },
  admin: { id: "Administrasi", en: "Administration" },
  otherLanguage: { id: "English", en: "Bahasa Indonesia" },
  logout: { id: "Keluar", en: "Sign out" },
  loading: { id: "Memuat…", en: "Loading…" },
  close: { id: "Tutup", en: "Close" },
  save: { id: "Simpan", en: "Save" },
  cancel: { id: "Batal", en: "Cancel" },
  help: { id: "Tombol pintas", en: "Keyboard shortcuts" },
  serverAway: { id: "Server tidak menjawab", en: "The server does not answer" },
  failed: {
    id: "Ada yang salah di halaman ini. Muat ulang bila terulang.",
    en: "Something went wrong on this page. Load it again if that happens again.",
  },
  mayBeOld: { id: "Yang terlihat bisa sudah lama", en: "What you see may be old" },
  triedAgain: { id: "Dicoba lagi sendiri.", en: "It is tried again." },
  retry: { id: "Coba lagi", en: "Try again" },
} as const satisfies Record<string, Said>;
