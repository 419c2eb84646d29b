import { expect, it } from "vitest";
import { HttpError } from "./http";
import { problemOf, refusalOf } from "./refusals";

/** As the server refuses. */
const refusal = (status: number, body: Record<string, unknown> = {}): HttpError => new HttpError(status, "no", { error: "no", ...body });
/** As a proxy, whose answer has nothing of ours. */
const bare = (status: number): HttpError => new HttpError(status, `${status}`, {});

it("has Indonesian words for a refusal by its reason, else by its status, else around the server's own", () => {
  expect(refusalOf(refusal(422, { reason: "locked" }))).toEqual({ id: "Itu dikunci.", en: "no" });
  expect(refusalOf(refusal(403, { reason: "unheard of" }))).toEqual({ id: "Anda tidak berhak melakukannya.", en: "no" });
  expect(refusalOf(refusal(422, { reason: null }))).toEqual({ id: "Server menolaknya: “no”", en: "no" });
});

it("has a sentence in both languages where the answer has none, and never a number", () => {
  expect([0, 502, 504].map((status) => refusalOf(bare(status)).en)).toEqual(Array(3).fill("The server does not answer."));
  expect([500, 507].map((status) => refusalOf(bare(status)).id)).toEqual(Array(2).fill("Ada yang salah di server. Coba sebentar lagi."));
  for (const status of [400, 403, 404, 409, 413, 422, 429, 500, 503]) {
    const { id, en } = refusalOf(bare(status));
    expect(`${id} ${en}`).not.toMatch(/\d/);
  }
});

it("says in Indonesian too why the clock could not do something", () => {
  expect(problemOf("Cell c1 is locked.", "locked")).toEqual({ id: "Itu dikunci.", en: "Cell c1 is locked." });
  expect(problemOf("Odd.", null).id).toBe("Server menolaknya: “Odd.”");
});
