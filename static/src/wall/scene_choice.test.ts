import { expect, it } from "vitest";
import { chosenOf } from "./scene_choice";

const scenes = (...ids: string[]) => ids.map((id) => ({ id, name: id, revision: 1, displays: [] }));

it("stays with what was chosen wherever that stands by now, and takes no other one in its place", () => {
  expect(chosenOf("day", scenes("day", "night"))).toBe("day");
  expect(chosenOf("day", scenes("night", "day"))).toBe("day");
  expect(chosenOf("day", scenes("night"))).toBe("");
});
