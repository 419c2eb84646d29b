import { expect, it } from "vitest";
import { type Cut, cutOf, type Published, watching } from "./public_cuts";

const ONE: Published = { camera: "a", public_id: "0", name: "A", group: "Losari", viewers: { webrtc: 2, page: 5 } };

function cut(kind: Cut["kind"], target: string): Cut {
  return { kind, target, reason: "", public_text: "", made_by: "", until_ms: null };
}

it("is cut off by the widest of what concerns it, and by nothing else", () => {
  const cuts = [cut("camera", "a"), cut("group", "Losari"), cut("all", "")];
  expect(cutOf(ONE, cuts)?.kind).toBe("all");
  expect(cutOf(ONE, cuts.slice(0, 2))?.kind).toBe("group");
  expect(cutOf(ONE, cuts.slice(0, 1))?.kind).toBe("camera");
  expect(cutOf(ONE, [cut("camera", "b"), cut("group", "")])).toBeUndefined();
  expect(cutOf({ ...ONE, group: "" }, [cut("group", "")])).toBeUndefined();
});

it("counts nobody twice who watches by WebRTC on a page of ours", () => {
  expect(watching(ONE)).toBe(5);
  expect(watching({ ...ONE, viewers: { webrtc: 3, page: 1 } })).toBe(3);
});
