import { expect, it } from "vitest";
import { digitFor } from "./scene_digits";

const scene = (name: string, key?: number) => ({ id: name, name, revision: 1, displays: [], ...(key !== undefined && { key }) });

it("leaves a scene that is saved anew on its digit, and gives a new one the first that is free", () => {
  const scenes = [scene("Siang", 1), scene("Malam", 3), scene("Banjir", 0), scene("Uji")];
  expect(["Malam", "Banjir", "Uji", "Baru"].map((name) => digitFor(name, scenes))).toEqual(["3", "0", "", "2"]);
  expect(digitFor("Baru", [1, 2, 3, 4, 5, 6, 7, 8, 9, 0].map((key) => scene(`${key}`, key)))).toBe("");
});
