/** What is said of a change of a wall that was not answered as it should be. */
import { HttpError } from "./http";
import { inBoth, type Said } from "./language";
import { PAGE_WORDS } from "./page_words";
import { isUnknown } from "./reads";
import { refusalOf } from "./refusals";

export const SAVING_WORDS = {
  notSaved: { id: "Tidak tersimpan", en: "Not saved" },
  unknown: {
    id: "Belum pasti apakah tersimpan: server tidak menjawab. Lihat dindingnya sebelum mengulang.",
    en: "Not known whether it was saved: the server did not answer. Look at the wall before you repeat it.",
  },
  norTheRest: {
    id: "Yang diminta sesudahnya juga tidak dilakukan.",
    en: "What was asked for after it was not done either.",
  },
} as const satisfies Record<string, Said>;

/** Why it was not saved, or that nobody knows whether it was; what went wrong on the page itself tells neither. */
export function whyNotSaved(error: unknown): Said {
  if (!(error instanceof HttpError)) return PAGE_WORDS.failed;
  return isUnknown(error) ? SAVING_WORDS.unknown : inBoth`${SAVING_WORDS.notSaved}: ${refusalOf(error)}`;
}
