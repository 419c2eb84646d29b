import { describe, expect, it } from "vitest";
import { atOrAfter, heldFor, rtpDistance } from "./rtp";

describe("RTP timestamps", () => {
  it("are ordered over the wrap of 32 bits", () => {
    expect(rtpDistance(5, 0xfffffffb)).toBe(10);
    expect(rtpDistance(0xfffffffb, 5)).toBe(-10);
    expect(atOrAfter(0, 0xffffffff)).toBe(true);
    expect(atOrAfter(0xffffffff, 0)).toBe(false);
    expect(atOrAfter(7, 7)).toBe(true);
  });
});

it("believes for how long a browser held a picture, as far as that can be", () => {
  expect(heldFor(99_950, 100_000)).toBe(50);
  expect(heldFor(70_000, 100_000)).toBe(30_000);
  expect(heldFor(undefined, 100_000)).toBe(0);
  expect(heldFor(100_001, 100_000)).toBe(0);
  expect(heldFor(-1e9, 100_000)).toBe(0);
  expect(heldFor(Number.NaN, 100_000)).toBe(0);
});
