import { asks } from "../shared/in_a_browser";
import { signal } from "@preact/signals";
import { afterEach, expect, it } from "vitest";
import { HttpError } from "../shared/http";
import { away, me } from "../shared/session";
import { cameras, notice, readAgain, refresh, tellProblem, whileBusy } from "./store";
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

it("keeps what it knows where it cannot be read, and reads all cameras anew where that is asked for", async () => {
  me.value = ADMIN;
  const read = async (reading: Promise<void>, catalogue: string): Promise<void> => {
    (await asks("GET /api/states?after=7")).answer({ version: 7, catalogue, states: {} });
    await reading;
  };
  const list = async (all: readonly object[]): Promise<void> =>
    (await asks("GET /api/cameras")).answer(all, 200, { "X-States-Version": "7", "X-Catalogue": "c" });
  const names = (): string[] | undefined => cameras.value?.map(({ id }) => id);
  const first = refresh();
  await list([{ id: "gate" }]);
  await first;
  expect(names()).toEqual(["gate"]);
  void asks("GET /api/cameras").then((asked) => asked.lose());
  await read(refresh(), "another");
  await read(refresh(), "c");
  expect(names()).toEqual(["gate"]);
  const last = readAgain();
  await list([]);
  await last;
  expect(names()).toEqual([]);
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

it("is busy until what it does is done or refused, and says why it was refused", async () => {
  const busy = signal(false);
  const seen: boolean[] = [];
  const work = async (): Promise<void> => {
    seen.push(busy.value);
    if (seen.length === 2) throw new HttpError(404, "no", { error: "no" });
  };
  const done = async (): Promise<readonly unknown[]> => {
    notice.value = null;
    await whileBusy(busy, work);
    return [busy.value, (notice.value as { text: string } | null)?.text];
  };
  expect(await done()).toEqual([false, undefined]);
  expect(await done()).toEqual([false, "Itu sudah tidak ada."]);
  expect(seen).toEqual([true, true]);
});
