/** Why the server refused: its own sentence is English, and says the most. Pure. */
import type { HttpError } from "./http";
import type { Said } from "./language";

/** In Indonesian, by the `reason` that it gives. */
const REASONS: Readonly<Record<string, string>> = {
  not_on_wall: "Itu sudah tidak ada di dinding.",
  locked: "Itu dikunci.",
  not_kept: "Revisi itu sudah tidak disimpan.",
  stale: "Orang lain baru saja mengubah dinding ini.",
  overridden: "Di sana sudah ada yang tampil sementara.",
  draft_elsewhere: "Draf ini diubah dari halaman lain. Muat ulang halaman ini.",
  off: "Kamera ini dimatikan.",
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

/** What we have no words for. */
function refused(own: string | null): Said {
  return { id: own === null ? "Server menolaknya." : `Server menolaknya: “${own}”`, en: "The server refused it." };
}
