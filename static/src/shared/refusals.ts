/** Why the server refused: its own sentence is English, and says the most. Pure. */
import type { HttpError } from "./http";
import type { Said } from "./language";

/** In Indonesian, by the `reason` that it gives. */
const REASONS: Readonly<Record<string, string>> = {
  not_on_wall: "Itu sudah tidak ada di dinding.",
  locked: "Itu dikunci.",
  locks: "Sel hanya dikunci dan dibuka kuncinya oleh supervisor seluruh dinding.",
  locked_then: "Yang dikunci tidak dapat kembali sendiri: jangan mengunci apa yang tampil sementara.",
  not_kept: "Revisi itu sudah tidak disimpan.",
  stale: "Orang lain baru saja mengubah dinding ini.",
  overridden: "Di sana sudah ada yang tampil sementara.",
  draft_elsewhere: "Draf ini baru saja diubah dari halaman lain.",
  needs_draft: "Perubahan seperti ini dilakukan lewat draf.",
  off: "Kamera ini dimatikan.",
  no_undo: "Tidak ada yang dapat diurungkan.",
  no_redo: "Tidak ada yang dapat diulangi.",
  key_taken: "Angka itu sudah dipakai adegan lain.",
  too_small: "Sel itu terlalu kecil.",
  too_many_cells: "Satu layar tidak dapat menampilkan sel sebanyak itu.",
  out_of_grid: "Sel itu keluar dari layar.",
  overlap: "Sel itu menutupi sel lain.",
  merge_two: "Pilih dua sel atau lebih untuk digabungkan.",
  no_cells: "Layar-layar itu tidak mempunyai sel yang dapat ditampilkan menyeberang.",
  no_display_there: "Di sana tidak ada layar.",
  other_grid: "Pembagian layar di sana berbeda.",
  tour_shown: "Tur ini sedang tampil di sebuah sel.",
  place_taken: "Di tempat itu sudah ada layar lain.",
  off_wall: "Tempat itu di luar dinding.",
  zoom: "Bagian gambar itu terlalu kecil.",
  address: "Alamat diawali http:// atau https://, tanpa nama, kata sandi, atau spasi.",
  panel_site: "Situs itu tidak ada di display.panel_sites pada config.yaml.",
  ends: "Waktu berakhir harus sesudah sekarang, paling lama seminggu lagi.",
  span: "Waktu mulai harus sebelum waktu akhir dan sebelum sekarang, paling lama seminggu.",
  to_come: "Waktu itu belum tiba.",
  own_note: "Catatan dikonfirmasi oleh orang lain, bukan oleh penulisnya.",
  confirmed: "Catatan ini sudah dikonfirmasi.",
  no_public: "Situs ini tidak mempunyai halaman publik.",
  too_many_public: "Kamera publik sudah sebanyak yang dapat ditampilkan sekaligus.",
  cut_off: "Grup itu sedang diputus dari publik. Buka lagi dulu.",
  no_stream: "Aliran itu tidak ada.",
};

const AWAY: Said = { id: "Server tidak menjawab.", en: "The server does not answer." };

/** By the answer's status; 0, and what a proxy answers who got none: there was none. */
const STATUSES: Readonly<Record<number, Said>> = {
  0: AWAY,
  403: { id: "Anda tidak berhak melakukannya.", en: "You may not do this." },
  404: { id: "Itu sudah tidak ada.", en: "It is not there any more." },
  429: { id: "Terlalu sering. Tunggu sebentar.", en: "Too often. Wait a moment." },
  502: AWAY,
  503: { id: "Server belum dapat melakukannya. Coba sebentar lagi.", en: "The server cannot do it yet. Try again in a moment." },
  504: AWAY,
};
const FAULT: Said = { id: "Ada yang salah di server. Coba sebentar lagi.", en: "Something went wrong in the server. Try again in a moment." };

export function refusalOf({ status, body }: HttpError): Said {
  const own = typeof body.error === "string" ? body.error : null;
  const known = STATUSES[status] ?? (status >= 500 ? FAULT : refused(own));
  return { id: REASONS[String(body.reason)] ?? known.id, en: own ?? known.en };
}

/** The same of what was refused earlier, by the clock: the server's own sentence, and its `reason`. */
export function problemOf(own: string, reason: string | null): Said {
  return { id: REASONS[String(reason)] ?? refused(own).id, en: own };
}

/** What we have no words for. */
function refused(own: string | null): Said {
  return { id: own === null ? "Server menolaknya." : `Server menolaknya: “${own}”`, en: "The server refused it." };
}
