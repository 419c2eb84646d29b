import type { Said } from "../shared/language";

export const HANDOVER_WORDS = {
  title: { id: "Serah terima", en: "Hand-over" },
  open: { id: "Serah terima sif", en: "Shift hand-over" },
  from: { id: "Catatan dari", en: "Note from" },
  confirm: { id: "Sudah saya baca", en: "I have read it" },
  all: { id: "Semua catatan", en: "All notes" },
  more: { id: "catatan lain menunggu", en: "more wait" },
  write: { id: "Untuk sif berikutnya", en: "For the next shift" },
  hint: {
    id: "Apa yang terjadi, apa yang dilaporkan dan kepada siapa, apa yang tampil sementara saja",
    en: "What happened, what was reported and to whom, what is on the wall for a while only",
  },
  leave: { id: "Tinggalkan catatan", en: "Leave the note" },
  left: {
    id: "Catatan tersimpan. Sif berikutnya melihatnya begitu masuk.",
    en: "The note is kept. The next shift sees it as soon as it signs in.",
  },
  notLeft: { id: "Tidak tersimpan", en: "Not kept" },
  notConfirmed: { id: "Tidak dikonfirmasi", en: "Not confirmed" },
  unknown: {
    id: "Belum pasti apakah berhasil: server tidak menjawab. Lihat daftar catatan sebelum mengulang.",
    en: "Not known whether it was done: the server did not answer. Look at the list of notes before you repeat it.",
  },
  earlier: { id: "Catatan sebelumnya", en: "Earlier notes" },
  none: { id: "Belum ada catatan.", en: "There is no note yet." },
  waits: { id: "belum dikonfirmasi", en: "not confirmed yet" },
  read: { id: "dibaca", en: "read by" },
} as const satisfies Record<string, Said>;
