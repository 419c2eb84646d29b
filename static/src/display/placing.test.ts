import { describe, expect, it } from "vitest";
import { cutTo, drawingOf, viewBox } from "./placing";

describe("the place of a video", () => {
  it("shows the part of the picture that a zoom names", () => {
    expect(viewBox({ x: 0.25, y: 0.1, w: 0.5, h: 0.4 })).toBe("inset(10% 25% 50% 25%)");
    expect(viewBox({ x: 0, y: 0, w: 1, h: 1 })).toBe("inset(0% 0% 0% 0%)");
  });

  it("is cut to its cell where the picture goes on on other displays", () => {
    // The left of two displays with a bezel of 4 % between them: the picture is 2.04 displays wide.
    const whole = { x: 0, y: 0, w: 2.04, h: 1 };
    expect(cutTo(whole, { x: 0, y: 0, w: 1, h: 1 })).toBe("inset(0% 50.9804% 0% 0%)");
    // The right one: the same picture begins 1.04 displays to its left.
    expect(cutTo({ ...whole, x: -1.04 }, { x: 0, y: 0, w: 1, h: 1 })).toBe("inset(0% 0% 0% 50.9804%)");
  });
});

describe("a drawing of a video", () => {
  const place = { rect: { x: 0, y: 0, w: 0.5, h: 1 }, z: 0 } as const;

  it("is whole in the middle of its cell, or fills it", () => {
    expect(drawingOf({ ...place, fit: "contain" }, [640, 360], [1920, 1080])).toEqual({
      from: { x: 0, y: 0, w: 640, h: 360 },
      to: { x: 0, y: 270, w: 960, h: 540 },
    });
    expect(drawingOf({ ...place, fit: "cover" }, [640, 360], [1920, 1080])).toEqual({
      from: { x: 160, y: 0, w: 320, h: 360 },
      to: { x: 0, y: 0, w: 960, h: 1080 },
    });
  });

  it("takes only the part that the zoom names", () => {
    const zoom = { x: 0.5, y: 0.5, w: 0.5, h: 0.5 };
    expect(drawingOf({ ...place, fit: "contain", zoom }, [640, 360], [1920, 1080])).toEqual({
      from: { x: 320, y: 180, w: 320, h: 180 },
      to: { x: 0, y: 270, w: 960, h: 540 },
    });
  });
});
