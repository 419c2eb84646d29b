import type { Said } from "../shared/language";

/** The shortest password that the server takes, in characters. */
export const SHORTEST = 12;

export const WORDS = {
  title: { id: "Masuk", en: "Sign in" },
  name: { id: "Nama pengguna", en: "User name" },
  password: { id: "Kata sandi", en: "Password" },
  busy: { id: "Memeriksa…", en: "Checking…" },
  wrong: { id: "Nama pengguna atau kata sandi salah.", en: "User name or password are wrong." },
  away: { id: "Server tidak menjawab. Coba lagi sebentar.", en: "The server does not answer. Try again soon." },
  other: { id: "English", en: "Bahasa Indonesia" },
  choose: { id: "Kata sandi baru", en: "A new password" },
  chooseWhy: {
    id: "Kata sandi ini dibuat oleh orang lain. Pilih kata sandi sendiri.",
    en: "Somebody else made this password. Choose one of your own.",
  },
  rule: { id: `Sedikitnya ${SHORTEST} karakter.`, en: `At least ${SHORTEST} characters.` },
  current: { id: "Kata sandi sekarang", en: "Present password" },
  chosen: { id: "Kata sandi baru", en: "New password" },
  again: { id: "Sekali lagi", en: "Once more" },
  keep: { id: "Simpan", en: "Save" },
  singleSignOn: { id: "Masuk dengan akun instansi", en: "Sign in with the organisation's account" },
  refused: {
    id: "Akun ini tidak boleh masuk di sini. Hubungi administrator.",
    en: "This account may not sign in here. Ask an administrator.",
  },
  providerAway: {
    id: "Penyedia akun instansi tidak menjawab. Coba lagi sebentar.",
    en: "The organisation's account provider does not answer. Try again soon.",
  },
  notTheSame: { id: "Kedua kata sandi tidak sama.", en: "The two passwords are not the same." },
} as const satisfies Record<string, Said>;

/** What is wrong with a new password, by the reason that the server gives. */
export const REASONS: Readonly<Record<string, Said>> = {
  length: { id: `Kata sandi terdiri dari ${SHORTEST} sampai 200 karakter.`, en: `A password has ${SHORTEST} to 200 characters.` },
  unseen: { id: "Kata sandi berisi karakter yang tidak terlihat.", en: "The password has a character that cannot be seen." },
  alike: { id: "Terlalu banyak karakter yang sama.", en: "Too many of its characters are the same." },
  name: { id: "Kata sandi memuat nama pengguna.", en: "The password holds the user's name." },
  current: { id: "Kata sandi sekarang salah.", en: "The present password is wrong." },
  same: { id: "Kata sandi baru sama dengan yang sekarang.", en: "The new password is the present one." },
};

/** How long somebody has to wait who tried too often. */
export function tooMany(seconds: unknown): Said {
  const minutes = Math.max(1, Math.ceil((typeof seconds === "number" ? seconds : 60) / 60));
  return {
    id: `Terlalu banyak percobaan. Tunggu ${minutes} menit.`,
    en: `Too many tries. Wait ${minutes === 1 ? "a minute" : `${minutes} minutes`}.`,
  };
}
