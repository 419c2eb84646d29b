import { describe, expect, it } from "vitest";
import { HOPELESS_MS, type MediaFacts, mediaVerdict, RELOAD_EVERY_MS, SILENT_MS, shouldReload } from "./watchdog";

const GOOD: MediaFacts = {
  now: 100_000,
  startedAt: 50_000,
  lastPictureAt: 99_900,
  expecting: true,
  astraySince: null,
  patienceMs: 15_000,
};

describe("a peer connection", () => {
  it("is kept while pictures come, and while none are to be expected", () => {
    expect(mediaVerdict(GOOD)).toBeNull();
    expect(mediaVerdict({ ...GOOD, lastPictureAt: 0, expecting: false })).toBeNull();
  });

  it("is given up after five seconds without a picture, counted from its start", () => {
    const silent = { ...GOOD, lastPictureAt: GOOD.now - SILENT_MS - 1 };
    expect(mediaVerdict(silent)).not.toBeNull();
    expect(mediaVerdict({ ...silent, startedAt: GOOD.now - 1000 })).toBeNull();
  });

  it("is given up when a cell stays without a picture, with growing patience", () => {
    const astray = { ...GOOD, astraySince: GOOD.now - 20_000 };
    expect(mediaVerdict(astray)).not.toBeNull();
    expect(mediaVerdict({ ...astray, patienceMs: 30_000 })).toBeNull();
  });
});

describe("the page", () => {
  it("is loaded anew after many failures, and not more often than every ten minutes", () => {
    const now = 10 * RELOAD_EVERY_MS;
    const hopeless = now - HOPELESS_MS - 1;
    expect(shouldReload(now, hopeless, 10, 0)).toBe(true);
    expect(shouldReload(now, hopeless, 9, 0)).toBe(false);
    expect(shouldReload(now, now - 1000, 10, 0)).toBe(false);
    expect(shouldReload(now, hopeless, 10, now - RELOAD_EVERY_MS)).toBe(false);
  });
});
