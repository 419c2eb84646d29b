import { expect, it } from "vitest";
import { changesOf, firstOf } from "./difference";
import { aCell, aDisplay, aWall, FOUR, showing } from "./samples";

const BEFORE = aWall({ displays: [aDisplay("d")] });

it("two revisions differ cell by cell", () => {
  const [first, second, third] = FOUR;
  if (!first || !second || !third) throw new Error("four cells");
  const after = aWall({
    displays: [
      aDisplay("d", {}, [
        { ...first, ...showing("z"), fit: "cover" },
        { ...second, w: 180, locked: true },
        third,
        aCell("c9", 540, 0, 180, 360),
      ]),
    ],
  });
  expect(changesOf(BEFORE, after).map(({ cell, kinds }) => [cell, ...kinds])).toEqual([
    ["c1", "content", "fit"],
    ["c2", "resized", "locked"],
    ["c4", "removed"],
    ["c9", "added"],
  ]);
  expect(changesOf(BEFORE, BEFORE)).toEqual([]);
});

it("shows the first of many changes, and says how many more there are", () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, n) => ({ display: "a", cell: `c${n}`, kinds: ["moved"], before: null, after: null }));
  expect([9, 10, 36].map((count) => firstOf(many(count))).map(({ shown, more }) => [shown.length, more])).toEqual([
    [9, 0],
    [8, 2],
    [8, 28],
  ]);
  expect(firstOf(many(36)).shown.at(-1)?.cell).toBe("c7");
});
