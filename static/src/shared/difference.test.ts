import { expect, it } from "vitest";
import { changesOf } from "./difference";
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
