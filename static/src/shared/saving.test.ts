import { expect, it } from "vitest";
import { HttpError } from "./http";
import { PAGE_WORDS } from "./page_words";
import { SAVING_WORDS, whyNotSaved } from "./saving";

it("says that a change was not saved only where the server says so", () => {
  const refused = whyNotSaved(new HttpError(422, "cell c1 is locked", { error: "cell c1 is locked", reason: "locked" }));
  expect(refused).toEqual({ id: "Tidak tersimpan: Itu dikunci.", en: "Not saved: cell c1 is locked" });
  for (const status of [0, 502, 504]) expect(whyNotSaved(new HttpError(status, "", {}))).toBe(SAVING_WORDS.unknown);
  expect(whyNotSaved(new TypeError("an answer that is none"))).toBe(PAGE_WORDS.failed);
});
