import { describe, expect, it } from "vitest";
import { clockFace, letterSize } from "./faces";

describe("a clock", () => {
  const NOON = Date.UTC(2026, 10, 28, 4, 5); // 12.05 in Makassar

  it("says time, day and zone as people in the room do", () => {
    expect(clockFace(NOON, "Asia/Makassar", "id")).toEqual({ time: "12.05", date: "Sabtu, 28 November 2026", zone: "WITA" });
    expect(clockFace(NOON, "Asia/Jakarta", "en")).toMatchObject({ time: "11:05", zone: "WIB" });
    expect(clockFace(NOON, "America/New_York", "id")?.zone).toBe("New York");
  });

  it("is none for a zone that nobody knows", () => {
    expect(clockFace(NOON, "Mars/Olympus", "id")).toBeNull();
  });
});

describe("the letters of a text", () => {
  it("are as large as the cell allows, and never larger than a third of it", () => {
    expect(letterSize("OK", 16 / 9)).toBeCloseTo(0.34);
    expect(letterSize("Banjir di Jalan Sultan Alauddin", 16 / 9)).toBeGreaterThan(0.12);
  });

  it("get smaller with more text and in a narrower cell", () => {
    const long = "Banjir setinggi lutut. ".repeat(12);
    expect(letterSize(long, 16 / 9)).toBeLessThan(letterSize("Banjir setinggi lutut.", 16 / 9));
    expect(letterSize(long, 0.5)).toBeLessThan(letterSize(long, 2));
    expect(letterSize("a\nb\nc\nd\ne\nf", 16 / 9)).toBeCloseTo(0.86 / (6 * 1.3));
  });
});
