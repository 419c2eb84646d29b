import { asks } from "../shared/in_a_browser";
import { afterEach, expect, it } from "vitest";
import { HttpError } from "../shared/http";
import { away, me } from "../shared/session";
import { cameras, notice, refresh, tellProblem } from "./store";
import { WORDS } from "./words";

const ADMIN = { name: "ani", role: "admin", actions: ["cameras.edit"] };
const GATE = { id: "gate", name: "Gate" };

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

it("reads the cameras anew where somebody changed the catalogue while it was being read", async () => {
  me.value = ADMIN;
  const first = refresh();
  (await asks("GET /api/states")).answer({ version: 1, catalogue: "old", states: {} });
  (await asks("GET /api/cameras")).answer([]);
  await first;
  const second = refresh();
  (await asks("GET /api/states?after=1")).answer({ version: 2, catalogue: "new", states: {} });
  (await asks("GET /api/cameras")).answer([]);
  (await asks("GET /api/states")).answer({ version: 3, catalogue: "newer", states: {} });
  await second;
  const third = refresh();
  (await asks("GET /api/states?after=3")).answer({ version: 3, catalogue: "newer", states: {} });
  (await asks("GET /api/cameras")).answer([GATE]);
  (await asks("GET /api/states")).answer({ version: 3, catalogue: "newer", states: {} });
  await third;
  expect(cameras.value?.map(({ id }) => id)).toEqual(["gate"]);
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
