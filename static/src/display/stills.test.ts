import { expect, it } from "vitest";
import { ageText, takenAt } from "./stills";

it("knows from its tag when a still was taken", () => {
  expect(takenAt('"1795867200123"')).toBe(1795867200123);
  expect(takenAt("")).toBeNull();
  expect(takenAt('"abc"')).toBeNull();
});

it("says how old a still is in the units of people", () => {
  expect(ageText(2400, "id")).toBe("2 dtk lalu");
  expect(ageText(-500, "en")).toBe("0 s ago");
  expect(ageText(120_000, "en")).toBe("2 min ago");
  expect(ageText(7_200_000, "id")).toBe("2 jam lalu");
});
