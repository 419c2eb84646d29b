import { expect, it } from "vitest";
import { thereIn } from "./virtual";

it("has the rows that are seen, and one more wherever that is", () => {
  const rows = ["a", "b", "c", "d", "e", "f"];
  const there = (first: number, end: number, also: number): string =>
    thereIn(rows, { first, end }, also)
      .map(({ row, index }) => `${row}${index}`)
      .join(" ");
  expect(there(2, 4, -1)).toBe("c2 d3");
  expect(there(2, 4, 3)).toBe("c2 d3");
  expect(there(2, 4, 0)).toBe("a0 c2 d3");
  expect(there(2, 4, 5)).toBe("c2 d3 f5");
});
