import { expect, it } from "vitest";
import { borne } from "./machine";

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
