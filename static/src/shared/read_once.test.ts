import { asks, eventually, waitingFor } from "./in_a_browser";
import { expect, it } from "vitest";
import { readOnce } from "./read_once";
import { askAgain, away } from "./session";

const noWait = (): Promise<void> => Promise.resolve();

it("tries until it is answered, and says meanwhile that it is not", async () => {
  const presets = readOnce("/api/presets", noWait);
  (await asks("GET /api/presets")).lose();
  const again = await asks("GET /api/presets");
  expect(away.value).not.toBeNull();
  again.answer({ error: "The database cannot be reached. Try again soon." }, 503);
  (await asks("GET /api/presets")).answer({ error: "Too often." }, 429);
  (await asks("GET /api/presets")).answer(["2x2"]);
  expect(await presets).toEqual(["2x2"]);
  expect(away.value).toBeNull();
});

it("tries at once where somebody asks for it", async () => {
  const presets = readOnce("/api/presets", () => new Promise(() => undefined));
  (await asks("GET /api/presets")).lose();
  await eventually(() => expect(away.value).not.toBeNull());
  expect(waitingFor("GET /api/presets")).toBe(0);
  askAgain();
  (await asks("GET /api/presets")).answer(["2x2"]);
  expect(await presets).toEqual(["2x2"]);
});

it.each([400, 403, 404, 422])("takes a refusal for an answer (%i)", async (status) => {
  const draft = readOnce("/api/walls/w/draft", noWait);
  (await asks("GET /api/walls/w/draft")).answer({ error: "Not yours." }, status);
  expect(await draft).toBeNull();
  expect(away.value).toBeNull();
});
