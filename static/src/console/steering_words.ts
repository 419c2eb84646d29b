import type { Said } from "../shared/language";

export const STEERING_WORDS = {
  open: { id: "Arahkan", en: "Steer" },
  steer: { id: "Arahkan kamera: panah, + dan −", en: "Steer the camera: arrow keys, + and −" },
  close: { id: "Tutup (Esc)", en: "Close (Esc)" },
  steers: { id: "mengarahkan kamera ini, sampai", en: "steers this camera, until" },
  takeOver: { id: "Ambil alih", en: "Take over" },
  takesOver: { id: "Gerakan Anda berikutnya mengambil alih dari", en: "Your next move takes it over from" },
  yours: { id: "Anda mengarahkan kamera ini.", en: "You steer this camera." },
  places: { id: "Posisi tersimpan", en: "Saved places" },
  goTo: { id: "Ke sana", en: "Go there" },
  stop: { id: "berhenti", en: "stop" },
  up: { id: "ke atas", en: "up" },
  down: { id: "ke bawah", en: "down" },
  left: { id: "ke kiri", en: "left" },
  right: { id: "ke kanan", en: "right" },
  upLeft: { id: "kiri atas", en: "up left" },
  upRight: { id: "kanan atas", en: "up right" },
  downLeft: { id: "kiri bawah", en: "down left" },
  downRight: { id: "kanan bawah", en: "down right" },
  nearer: { id: "lebih dekat", en: "nearer" },
  farther: { id: "lebih jauh", en: "farther" },
} as const satisfies Record<string, Said>;

/** By the reason that `/ptz` gives; the others are in shared/refusals.ts. */
export const WHY_NOT: Readonly<Record<string, Said>> = {
  masked: {
    id: "Sebagian gambarnya ditutup mask privasi: bila diarahkan, mask menutup tempat lain.",
    en: "A part of its picture is masked: turned, the mask would cover something else.",
  },
  public: {
    id: "Publik melihat kamera ini: putuskan dulu dari publik, lalu arahkan.",
    en: "The public sees this camera: cut it off first, then turn it.",
  },
  unseen: {
    id: "Kamera hanya dapat diarahkan selama gambar langsungnya tampil.",
    en: "A camera can be steered while its live picture is shown.",
  },
  silent: { id: "Penarik kamera ini tidak menjawab.", en: "The camera's puller does not answer." },
  camera: { id: "Kamera tidak menuruti perintah ini.", en: "The camera does not do this." },
};
