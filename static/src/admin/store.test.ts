import { asks } from "../shared/in_a_browser";
import { afterEach, expect, it } from "vitest";
import { HttpError } from "../shared/http";
import { away, me } from "../shared/session";
import { notice, refresh, tellProblem } from "./store";
import { WORDS } from "./words";

const ADMIN = { name: "ani", role: "admin", actions: ["cameras.edit"] };

afterEach(() => {
  me.value = null;
});

it("does not say that the server does not answer to somebody whom it told that this is not for them", async () => {
  const first = refresh();
  (await asks("GET /api/me")).lose();
  await first;
  expect(away.value).not.toBeNull();
  const second = refresh();
  (await asks("GET /api/me")).answer({ ...ADMIN, role: "operator", actions: [] });
  await second;
  expect(away.value).toBeNull();
});

it("says why something was not done in words, and where nobody knows whether it was that nobody does", () => {
  const said = (error: HttpError): string | undefined => {
    tellProblem(error, { taken: { id: "Nama ini sudah dipakai.", en: "Taken." } });
    return notice.value?.text;
  };
  expect(said(new HttpError(409, "no", { reason: "taken" }))).toBe("Nama ini sudah dipakai.");
  expect(said(new HttpError(404, "no", { error: "no" }))).toBe("Itu sudah tidak ada.");
  expect([0, 502, 504].map((status) => said(new HttpError(status, `${status}`, {})))).toEqual(Array(3).fill(WORDS.noAnswer.id));
});
