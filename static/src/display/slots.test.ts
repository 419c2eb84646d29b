import { expect, it } from "vitest";
import { heldFor } from "./slots";

it("believes for how long a browser held a picture, as far as that can be", () => {
  expect(heldFor(99_950, 100_000)).toBe(50);
  expect(heldFor(70_000, 100_000)).toBe(30_000);
  expect(heldFor(undefined, 100_000)).toBe(0);
  expect(heldFor(100_001, 100_000)).toBe(0);
  expect(heldFor(-1e9, 100_000)).toBe(0);
  expect(heldFor(Number.NaN, 100_000)).toBe(0);
});
