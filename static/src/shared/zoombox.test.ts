import { describe, expect, it } from "vitest";
import { boxAfterKey, boxBetween, isWhole, panned, scaledAt, viewBox, WHOLE } from "./zoombox";

describe("the box of a zoom", () => {
  it("is drawn from any corner, within the picture, and not by a trembling hand", () => {
    expect(boxBetween([0.75, 0.5], [0.25, 0.1])).toEqual({ x: 2500, y: 1000, w: 5000, h: 4000 });
    expect(boxBetween([0.5, 0.5], [2, -1])).toEqual({ x: 5000, y: 0, w: 5000, h: 5000 });
    expect(boxBetween([0.5, 0.5], [0.52, 0.9])).toBeNull();
  });

  it("is moved and scaled by keys, and never leaves the picture", () => {
    const box = { x: 0, y: 4000, w: 5000, h: 5000 };
    expect(boxAfterKey(box, "ArrowRight")).toEqual({ ...box, x: 250 });
    expect(boxAfterKey(box, "ArrowLeft")).toEqual(box);
    expect(boxAfterKey(box, "+")).toEqual({ x: 500, y: 4500, w: 4000, h: 4000 });
    expect(boxAfterKey(box, "-")).toEqual({ x: 0, y: 3375, w: 6250, h: 6250 });
    expect(boxAfterKey(box, "a")).toBeNull();
  });

  it("grows back to the whole picture", () => {
    let box = { x: 9000, y: 9000, w: 1000, h: 1000 };
    for (let press = 0; press < 12; press += 1) box = boxAfterKey(box, "-") ?? box;
    expect(box).toEqual(WHOLE);
    expect(isWhole(box)).toBe(true);
  });

  it("is scaled round the point under the pointer, and dragged along with the picture", () => {
    const box = scaledAt(WHOLE, 0.5, [1, 0]);
    expect(box).toEqual({ x: 5000, y: 0, w: 5000, h: 5000 });
    expect(scaledAt(box, 4, [0, 0])).toEqual(WHOLE);
    expect(panned(box, 0.5, -0.5)).toEqual({ x: 2500, y: 2500, w: 5000, h: 5000 });
    expect(panned(box, -1, 1)).toEqual(box);
  });

  it("is what CSS cuts out of the picture", () => {
    expect(viewBox({ x: 2500, y: 1000, w: 5000, h: 4000 })).toBe("inset(10% 25% 50% 25%)");
    expect([viewBox(WHOLE), viewBox(undefined)]).toEqual(["none", "none"]);
  });
});
