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
  mayBeOld: {
    id: "Yang terlihat bisa sudah lama. Dicoba lagi sendiri.",
    en: "What you see may be old. It is tried again.",
  },
  retry: { id: "Coba lagi", en: "Try again" },
} as const satisfies Record<string, Said>;
