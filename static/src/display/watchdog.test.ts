import { describe, expect, it, vi } from "vitest";
import { ASTRAY_MS, AstrayCells, BROKEN_MS, HOPELESS_MS, Looks, type MediaFacts, mediaVerdict, RELOAD_EVERY_MS, SILENT_MS, shouldReload } from "./watchdog";

const GOOD: MediaFacts = {
  now: 100_000,
  startedAt: 50_000,
  lastPictureAt: 99_900,
  slots: 4,
  slotsPlanned: 4,
  inTouch: true,
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

  it("is never given up while the server is away that would give another one", () => {
    const useless = { ...GOOD, lastPictureAt: 0, startedAt: 0, astraySince: 0, slotsPlanned: 9 };
    expect(mediaVerdict(useless)).not.toBeNull();
    expect(mediaVerdict({ ...useless, inTouch: false })).toBeNull();
  });

  it("is given up when a cell stays without a picture, with growing patience", () => {
    const astray = { ...GOOD, astraySince: GOOD.now - 20_000 };
    expect(mediaVerdict(astray)).not.toBeNull();
    expect(mediaVerdict({ ...astray, patienceMs: 30_000 })).toBeNull();
  });
});

describe("a connection's slots", () => {
  it("are made anew where the plan has more of them, not where it has fewer", () => {
    expect(mediaVerdict({ ...GOOD, slotsPlanned: 3 })).toBeNull();
    expect(mediaVerdict({ ...GOOD, slotsPlanned: 5 })).not.toBeNull();
    expect(mediaVerdict({ ...GOOD, slotsPlanned: 5, expecting: false })).not.toBeNull();
  });
});

describe("cells that are astray", () => {
  it("are each borne with by itself: a tour whose next camera always waits is none", () => {
    const astray = new AstrayCells();
    for (let now = 0; now < 10 * ASTRAY_MS; now += 100) {
      const turn = Math.floor(now / 2000);
      const since = astray.look([`${turn % 9} c${turn}`, `${(turn + 4) % 9} d${turn}`], now);
      expect(now - (since ?? now)).toBeLessThan(2000);
    }
  });

  it("are counted from when the first of them was without its picture, until it has one", () => {
    const astray = new AstrayCells();
    expect(astray.look([], 0)).toBeNull();
    expect(astray.look(["1 a"], 100)).toBe(100);
    expect(astray.look(["1 a", "2 b"], 200)).toBe(100);
    expect(astray.look(["2 b"], 300)).toBe(200);
    expect(astray.look([], 400)).toBeNull();
    expect(astray.look(["2 b"], 500)).toBe(500);
    astray.forget();
    expect(astray.look(["2 b"], 600)).toBe(600);
  });
});

describe("the page", () => {
  it("is broken when it has failed at each look for long, not where it fails now and then", () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const looks = new Looks();
    const fail = (): never => {
      throw new Error("broken");
    };
    for (let now = 0; now < 10 * BROKEN_MS; now += 100) looks.take(now % BROKEN_MS === 0 ? () => undefined : fail, now);
    looks.take(() => undefined, 100_000);
    for (let now = 100_100; now <= 100_100 + BROKEN_MS; now += 100) looks.take(fail, now);
    expect(() => looks.take(fail, 100_200 + BROKEN_MS)).toThrow("broken");
  });

  it("is loaded anew after many failures, and not more often than every ten minutes", () => {
    expect(shouldReload(HOPELESS_MS + 1, 10, RELOAD_EVERY_MS + 1)).toBe(true);
    expect(shouldReload(HOPELESS_MS + 1, 9, RELOAD_EVERY_MS + 1)).toBe(false);
    expect(shouldReload(1000, 10, RELOAD_EVERY_MS + 1)).toBe(false);
    expect(shouldReload(HOPELESS_MS + 1, 10, RELOAD_EVERY_MS)).toBe(false);
  });

  it("is not kept from it for years by a calendar that was years ahead the last time", () => {
    expect(shouldReload(HOPELESS_MS + 1, 10, -1e12)).toBe(true);
  });
});
