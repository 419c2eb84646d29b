/** Why something on a wall cannot be changed, in words. */
import type { Said } from "./language";
import type { Shut } from "./scope";

/** On a cell. */
export const SHUT: Readonly<Record<Shut, Said>> = {
  locked: { id: "Terkunci", en: "Locked" },
  notTheirs: { id: "Bukan bagian Anda", en: "Not yours" },
  wholeWall: { id: "Bukan bagian Anda", en: "Not yours" },
};

/** As a sentence. */
export const WHY_SHUT: Readonly<Record<Shut, Said>> = {
  locked: { id: "Ini dikunci supervisor.", en: "This is locked by a supervisor." },
  notTheirs: {
    id: "Di luar bagian dinding yang boleh Anda susun.",
    en: "Outside the part of the wall that is yours to arrange.",
  },
  wholeWall: { id: "Hanya untuk supervisor seluruh dinding.", en: "Only for a supervisor of the whole wall." },
};
