import { describe, expect, it } from "vitest";
import { atOrAfter, rtpDistance } from "./rtp";

describe("RTP timestamps", () => {
  it("are ordered over the wrap of 32 bits", () => {
    expect(rtpDistance(5, 0xfffffffb)).toBe(10);
    expect(rtpDistance(0xfffffffb, 5)).toBe(-10);
    expect(atOrAfter(0, 0xffffffff)).toBe(true);
    expect(atOrAfter(0xffffffff, 0)).toBe(false);
    expect(atOrAfter(7, 7)).toBe(true);
  });
});
