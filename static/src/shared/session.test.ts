import "./in_a_browser";
import { afterEach, expect, it, vi } from "vitest";
import { HttpError } from "./http";
import { PAGE_WORDS } from "./page_words";
import { askAgain, away, failed, heard, statesAsOf } from "./session";

const LOST = new HttpError(0, "no answer", {});
const again = async (): Promise<void> => undefined;

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it("says since when something is not answered, for as long as any of it is not", () => {
  vi.setSystemTime(1000);
  failed(LOST, "notes", again);
  vi.setSystemTime(2000);
  failed(LOST, "site", again);
  vi.setSystemTime(3000);
  failed(LOST, "notes", again);
  expect(away.value?.sinceMs).toBe(1000);
  heard("notes");
  expect(away.value?.sinceMs).toBe(2000);
  heard("site");
  expect(away.value).toBeNull();
});

it("says since when no states come, whatever else is not answered", () => {
  failed(LOST, "notes", again);
  expect(statesAsOf.value).toBeNull();
  vi.setSystemTime(4000);
  failed(LOST, "site", again);
  expect(statesAsOf.value).toBe(4000);
  heard("site");
  heard("notes");
  expect(statesAsOf.value).toBeNull();
});

it("says that the server does not answer where it does not, and else what is wrong", () => {
  failed(LOST, "site", again);
  expect(away.value?.why.en).toBe("The server does not answer.");
  failed(new HttpError(500, "500", {}), "site", again);
  expect(away.value?.why.en).toBe("Something went wrong in the server. Try again in a moment.");
  const told = vi.spyOn(console, "error").mockReturnValue();
  const fault = new TypeError("an answer that is none");
  failed(fault, "site", again);
  expect(away.value?.why).toEqual(PAGE_WORDS.failed);
  expect(told).toHaveBeenCalledWith("site", fault);
  heard("site");
});

it("asks again for what could not be read, and for nothing else", () => {
  const asked: string[] = [];
  const asks = (what: string) => async (): Promise<void> => void asked.push(what);
  failed(LOST, "site", asks("site"));
  failed(LOST, "notes", asks("notes, of the first time"));
  failed(LOST, "notes", asks("notes"));
  failed(LOST, "public", asks("public"));
  heard("public");
  askAgain();
  expect(asked).toEqual(["site", "notes"]);
  heard("site");
  heard("notes");
});
