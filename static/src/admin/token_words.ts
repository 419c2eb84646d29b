import type { Said } from "../shared/language";

export const TOKEN_WORDS = {
  title: { id: "Token pemutar", en: "Player tokens" },
  how: {
    id: "Token membuka gambar bagi pemutar (WHEP, HLS), atau angka situs bagi sebuah program, tanpa kata sandi siapa pun.",
    en: "By a token a player gets pictures (WHEP, HLS), or a program the site's figures, without anybody's password.",
  },
  none: { id: "Tidak ada token.", en: "There are no tokens." },
  make: { id: "Token baru", en: "New token" },
  label: { id: "Label", en: "Label" },
  labelHint: { id: "siapa atau apa yang memakainya", en: "who or what uses it" },
  kind: { id: "Jenis", en: "Kind" },
  opens: { id: "Menampilkan", en: "Shows" },
  by: { id: "Dibuat oleh", en: "Made by" },
  player: { id: "Pemutar", en: "Player" },
  metrics: { id: "Program", en: "Program" },
  anyStream: { id: "semua gambar", en: "any picture" },
  figures: { id: "angka situs (/metrics)", en: "the site's figures (/metrics)" },
  stream: { id: "Aliran (kosong: semua gambar)", en: "Stream (empty: any picture)" },
  streamHint: { id: "cam.KAMERA.main, cam.KAMERA.sub, atau mosaic.LAYAR", en: "cam.CAMERA.main, cam.CAMERA.sub, or mosaic.DISPLAY" },
  tokenOf: { id: "Token untuk", en: "Token of" },
  toldOnce: {
    id: "Hanya ditampilkan sekali, dan tidak disimpan di mana pun. Pemutar mengirimnya sebagai “Authorization: Bearer …”.",
    en: "It is shown this once, and kept nowhere. A player sends it as “Authorization: Bearer …”.",
  },
  made: { id: "Token dibuat.", en: "The token is made." },
  withdraw: { id: "Cabut", en: "Withdraw" },
  withdrawMeans: {
    id: "Token ini tidak berlaku lagi, dan yang sedang ditonton dengannya berakhir sekarang. Siapa pun yang memakainya memerlukan token baru.",
    en: "The token is good no more, and what is watched by it ends now. Whoever uses it needs a new one.",
  },
  withdrawn: { id: "Token dicabut.", en: "The token is withdrawn." },
} as const satisfies Record<string, Said>;
