import { describe, expect, it } from "vitest";
import { aCell, aDisplay, aWall, showing } from "../shared/samples";
import { countProofs, neighbourRevision, type PastCell, type PastWall, proofOf, rateOf } from "./past_cells";

function aPast(camera: string | null, drawn: string | null, frames = 250): PastCell {
  const drew = drawn === null ? null : { camera: drawn, from_ms: 0, until_ms: 10_000, frames };
  const order = { step: null, since_ms: 0, revision: 1, made_by: "ani", made_ms: 0 };
  return { ...aCell("c", 0, 0, 720, 720, camera === null ? {} : showing(camera)), camera, ...order, drew };
}

describe("what a display proves of a cell", () => {
  it("is what it drew of the camera that was to be there", () => {
    expect(proofOf(aPast("a", "a"))).toBe("drawn");
    expect(proofOf(aPast("a", "b"))).toBe("other");
    expect(proofOf(aPast("a", "a", 0))).toBe("nothing");
    expect(proofOf(aPast("a", null))).toBe("unknown");
    expect(proofOf(aPast(null, null))).toBe("none");
  });

  it("is summed up over the wall", () => {
    const cells = [aPast("a", "a"), aPast("b", "b"), aPast("c", null), aPast(null, null)];
    const display = aDisplay("a");
    const wall: PastWall = {
      ...aWall(),
      displays: [{ ...display, layout: { ...display.layout, cells } }],
      at_ms: 0,
      made_by: "ani",
      made_ms: 0,
    };
    expect(countProofs(wall)).toEqual({ drawn: 2, other: 0, nothing: 0, unknown: 1, none: 1 });
  });
});

it("has pictures a second only of some time", () => {
  expect(rateOf({ camera: "a", from_ms: 0, until_ms: 10_000, frames: 250 })).toBe(25);
  expect(rateOf({ camera: "a", from_ms: 5, until_ms: 5, frames: 1 })).toBeNull();
});

it("steps from one revision to the next, and from between two to either", () => {
  const all = [30, 20, 10].map((made_ms) => ({ made_ms }));
  expect(neighbourRevision(all, 20, -1)).toEqual({ made_ms: 10 });
  expect(neighbourRevision(all, 20, 1)).toEqual({ made_ms: 30 });
  expect(neighbourRevision(all, 25, -1)).toEqual({ made_ms: 20 });
  expect(neighbourRevision(all, 10, -1)).toBeNull();
  expect(neighbourRevision(all, 30, 1)).toBeNull();
});
