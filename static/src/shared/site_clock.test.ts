import { afterEach, beforeEach, expect, it, vi } from "vitest";

const AT = Date.UTC(2026, 10, 20, 16, 5, 9);

/** What a page reads that the server wrote this zone into. */
function told(timezone?: string): void {
  vi.stubGlobal("document", { documentElement: { dataset: { timezone } } });
}

beforeEach(() => vi.resetModules());
afterEach(() => void vi.unstubAllGlobals());

it("is that of the zone in the page, in every text, label and field", async () => {
  told("Asia/Jakarta");
  const { siteClock } = await import("./site_clock");
  const { clockText, fileTime, sinceText, zonedMoment } = await import("./time");
  const { dateTime } = await import("./moments");
  expect([clockText(AT, "id"), clockText(AT, "en"), fileTime(AT)]).toEqual(["23.05.09 WIB", "23:05:09 WIB", "20261120-230509-WIB"]);
  expect([sinceText(AT, AT, "en"), zonedMoment(AT, AT + 86_400_000, "id")]).toEqual(["since 23:05 WIB", "20 Nov 23.05 WIB"]);
  expect(dateTime(AT, "id")).toBe("20 Nov 2026, 23.05.09 WIB");
  expect(siteClock.instantOfField("2026-11-20T23:05")).toBe(AT - 9000);
  const { WORDS } = await import("../admin/words");
  expect(WORDS.from.id).toBe("Dari (WIB)");
});

it("names a file by the offset, without what no file's name may have, where a zone has no name", async () => {
  told("Asia/Kolkata");
  const { fileTime } = await import("./time");
  expect(fileTime(AT)).toMatch(/^20261120-213509-[A-Z]+(\+530)?$/);
});

it("is Makassar's where the page does not say, and UTC, called so, where the browser does not know the zone", async () => {
  told();
  expect((await import("./site_clock")).siteClock.name).toBe("WITA");
  vi.resetModules();
  told("Mars/Olympus");
  expect((await import("./site_clock")).siteClock.nameAt(AT)).toBe("UTC");
});
