import { expect, it } from "vitest";
import { FrameCounts } from "./frames";
import type { CellView } from "./scene";

function view(id: string | null, camera: string, frames: number, key = `1.0.0.${camera}`): CellView {
  const rect = { x: 0, y: 0, w: 1, h: 1 };
  return {
    key,
    id,
    camera,
    name: camera,
    rect,
    z: 0,
    kind: "mosaic",
    slot: null,
    pixels: null,
    frames,
    live: true,
    ageMs: 0,
    mark: null,
    card: null,
  };
}

it("counts pictures of each camera in each cell, and says when the first and the last of them came", () => {
  const counts = new FrameCounts();
  counts.look([view("c1", "a", 2), view("c2", "b", 1)], 100);
  counts.look([view("c1", "a", 5), view("c2", "b", 1)], 400);
  expect(counts.take(1000)).toEqual([
    { id: "c1", camera: "a", frames: 5, first_ms: 900, last_ms: 600 },
    { id: "c2", camera: "b", frames: 1, first_ms: 900, last_ms: 900 },
  ]);
  counts.look([view("c1", "a", 5), view("c2", "b", 2)], 1100);
  expect(counts.take(1200)).toEqual([
    { id: "c1", camera: "a", frames: 0, first_ms: 100, last_ms: 100 },
    { id: "c2", camera: "b", frames: 1, first_ms: 100, last_ms: 100 },
  ]);
});

it("tells two cameras that took turns in one cell apart, in their order", () => {
  const counts = new FrameCounts();
  counts.look([view("c1", "a", 7)], 100);
  counts.look([view("c1", "b", 1)], 200);
  counts.look([view("c1", "b", 3)], 300);
  expect(counts.take(300).map(({ camera, frames }) => [camera, frames])).toEqual([
    ["a", 7],
    ["b", 3],
  ]);
});

it("counts nothing twice when a slot begins a new layout, and nothing that the plan does not have", () => {
  const counts = new FrameCounts();
  counts.look([view("c1", "a", 50)], 0);
  counts.look([view("c1", "a", 1), view(null, "old", 9)], 100);
  expect(counts.take(100).map(({ camera, frames }) => [camera, frames])).toEqual([["a", 51]]);
});
