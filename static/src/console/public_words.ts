import type { Said } from "../shared/language";

export const PUBLIC_WORDS = {
  public: { id: "Publik", en: "Public" },
  title: { id: "Yang dilihat publik", en: "What the public sees" },
  camera: { id: "Kamera", en: "Camera" },
  group: { id: "Grup", en: "Group" },
  watching: { id: "Penonton", en: "Viewers" },
  now: { id: "Sekarang", en: "Now" },
  visible: { id: "Terlihat publik", en: "Public sees it" },
  cut: { id: "Diputus", en: "Cut off" },
  untilLifted: { id: "sampai dibuka lagi", en: "until it is lifted" },
  until: { id: "sampai", en: "until" },
  by: { id: "oleh", en: "by" },
  nothing: { id: "Belum ada kamera yang dipublikasikan.", en: "No camera is published yet." },
  cutOffs: { id: "Yang diputus", en: "Cut off" },
  cutCamera: { id: "Putus dari publik…", en: "Cut off from the public…" },
  cutAll: { id: "Putus semua…", en: "Cut all off…" },
  lift: { id: "Buka lagi", en: "Lift" },
  cutTitle: { id: "Putus dari publik", en: "Cut off from the public" },
  cutHow: {
    id: "Dalam dua detik publik tidak melihat apa-apa lagi. Dinding dan operator tidak terpengaruh.",
    en: "Within two seconds the public sees nothing of it. The wall and operators notice nothing.",
  },
  what: { id: "Apa", en: "What" },
  onlyThis: { id: "Kamera ini", en: "This camera" },
  wholeGroup: { id: "Grup", en: "Group" },
  everything: { id: "Semua kamera publik", en: "All public cameras" },
  howLong: { id: "Berapa lama", en: "How long" },
  hour: { id: "1 jam", en: "1 hour" },
  hours4: { id: "4 jam", en: "4 hours" },
  day: { id: "24 jam", en: "24 hours" },
  open: { id: "Sampai dibuka lagi", en: "Until it is lifted" },
  text: { id: "Yang dibaca publik", en: "What the public reads" },
  reason: { id: "Alasan (hanya untuk catatan kita)", en: "Reason (for our records only)" },
  usualReason: { id: "Keputusan supervisor", en: "A supervisor's decision" },
  cutNow: { id: "Putus sekarang", en: "Cut off now" },
  refused: { id: "Belum diputus", en: "Not cut off yet" },
  notLifted: { id: "Belum dibuka", en: "Not lifted yet" },
  unknown: {
    id: "Belum pasti apakah berhasil: server tidak menjawab. Lihat daftar yang dilihat publik.",
    en: "Not known whether it was done: the server did not answer. Look at the list of what the public sees.",
  },
} as const satisfies Record<string, Said>;

/** The public reads Indonesian first: so it does not follow the supervisor's language. */
export const USUAL_TEXT = "Sementara ditutup untuk umum. · Closed to the public for now.";
