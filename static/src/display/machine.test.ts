import { afterEach, expect, it, vi } from "vitest";
import { borne, measureMachine } from "./machine";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

it("bears by its cores what it decodes in software, and more where there is a decoder in hardware", () => {
  const one = borne(1, false);
  const four = borne(4, false);
  expect(four.mpixels_s).toBe(4 * one.mpixels_s);
  expect(four.decoders).toBeGreaterThan(one.decoders);
  expect(borne(1, true).mpixels_s).toBeGreaterThan(one.mpixels_s);
  expect(borne(64, true).mpixels_s).toBe(borne(64, false).mpixels_s);
});

it("never bears more streams than a page can be busy with", () => {
  expect(borne(128, false).decoders).toBe(64);
});

it("is taken for software where the browser never says, and keeps no picture waiting for it", async () => {
  vi.useFakeTimers();
  const silent = { decodingInfo: () => new Promise(() => undefined) };
  vi.stubGlobal("navigator", { hardwareConcurrency: 4, mediaCapabilities: silent });
  vi.stubGlobal("window", { devicePixelRatio: 1, screen: { width: 1920, height: 1080 } });
  const measured = measureMachine();
  await vi.advanceTimersByTimeAsync(2000);
  expect(await measured).toEqual({ ...borne(4, false), screen: [1920, 1080] });
});

it("says nothing of a screen that is not there: the server refuses one of no pixels, and who says so", async () => {
  vi.stubGlobal("navigator", { hardwareConcurrency: 4 });
  vi.stubGlobal("window", { devicePixelRatio: 1, screen: { width: 0, height: 0 } });
  expect((await measureMachine()).screen).toBeNull();
});
