import { expect, it } from "vitest";
import { FrameCounts } from "./frames";
import type { CellView } from "./scene";

function view(id: string | null, camera: string, frames: number, key = `1.0.0.${camera}`, over: string | null = null): CellView {
  const rect = { x: 0, y: 0, w: 1, h: 1 };
  return {
    key,
    id,
    over,
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
  counts.look([view("c1", "a", 1), view("c2", "b", 1)], 100);
  counts.look([view("c1", "a", 5), view("c2", "b", 1)], 400);
  expect(counts.take(1000)).toEqual([
    { id: "c1", camera: "a", frames: 5, first_ms: 900, last_ms: 600 },
    { id: "c2", camera: "b", frames: 1, first_ms: 900, last_ms: 900 },
  ]);
  counts.look([view("c1", "a", 5), view("c2", "b", 2)], 1100);
  counts.look([view("c1", "a", 5), view("c2", "b", 2)], 3100);
  expect(counts.take(3200)).toEqual([
    { id: "c1", camera: "a", frames: 0, first_ms: 2100, last_ms: 100 },
    { id: "c2", camera: "b", frames: 1, first_ms: 2100, last_ms: 2100 },
  ]);
});

it("does not say of a cell that came a moment ago that it is without pictures", () => {
  const counts = new FrameCounts();
  counts.look([view("c1", "a", 0)], 100);
  expect(counts.take(150)).toEqual([]);
  counts.look([view("c1", "a", 0)], 2099);
  expect(counts.take(2100)).toEqual([]);
  counts.look([view("c1", "a", 0)], 2100);
  expect(counts.take(2100)).toEqual([{ id: "c1", camera: "a", frames: 0, first_ms: 2000, last_ms: 0 }]);
});

it("does not say so of a camera that was gone again before its pictures could come, nor adds its turns up", () => {
  const counts = new FrameCounts();
  const card = view("c1", "b", 0, "card.c1");
  counts.look([card], 1000);
  counts.look([card], 1300);
  counts.look([view("c1", "c", 1)], 1400);
  expect(counts.take(9000).map(({ camera }) => camera)).toEqual(["c"]);
  counts.look([card], 9100);
  counts.look([view("c1", "c", 2)], 9200);
  counts.look([card], 14_000);
  expect(counts.take(14_100).map(({ camera }) => camera)).toEqual(["c"]);
});

it("does not take what is left of a second behind a report for a cell without pictures", () => {
  const counts = new FrameCounts();
  counts.look([view("c1", "a", 1)], 0);
  counts.look([view("c1", "a", 9)], 9900);
  expect(counts.take(10_000).map(({ frames }) => frames)).toEqual([9]);
  counts.look([view("c1", "a", 9)], 10_100);
  counts.look([view("c1", "a", 9)], 10_400);
  counts.look([view("c1", "b", 1)], 10_500);
  expect(counts.take(20_000).map(({ camera }) => camera)).toEqual(["b"]);
});

it("tells two cameras that took turns in one cell apart, in their order", () => {
  const counts = new FrameCounts();
  counts.look([view("c1", "a", 1)], 100);
  counts.look([view("c1", "b", 1)], 200);
  counts.look([view("c1", "b", 3)], 300);
  expect(counts.take(300).map(({ camera, frames }) => [camera, frames])).toEqual([
    ["a", 1],
    ["b", 3],
  ]);
});

it("counts nothing twice when a slot begins a new layout, and nothing that the plan does not have", () => {
  const counts = new FrameCounts();
  counts.look([view("c1", "a", 49)], 0);
  counts.look([view("c1", "a", 52)], 50);
  counts.look([view("c1", "a", 1), view(null, "old", 9)], 100);
  expect(counts.take(100).map(({ camera, frames }) => [camera, frames])).toEqual([["a", 1 + 3 + 1]]);
});

it("counts of a picture that another cell has shown for hours, or that is seen again, only what is seen", () => {
  const counts = new FrameCounts();
  counts.look([view("c1", "a", 300_000)], 0);
  counts.look([view("new", "a", 300_000)], 100);
  counts.look([view("new", "a", 300_002)], 200);
  counts.look([], 300);
  counts.look([view("new", "a", 300_050)], 400);
  expect(counts.take(400).map(({ id, frames }) => [id, frames])).toEqual([
    ["c1", 1],
    ["new", 4],
  ]);
});

it("counts what stays in a cell's place until its next picture comes, while that moves", () => {
  const counts = new FrameCounts();
  const stays = (frames: number): CellView => view(null, "a", frames, "1.0.0.a", "c1");
  counts.look([view("c1", "a", 3)], 100);
  counts.look([stays(5)], 200);
  counts.look([stays(6)], 300);
  counts.look([stays(6)], 2400);
  counts.look([view("c1", "b", 1)], 2500);
  expect(counts.take(2500)).toEqual([
    { id: "c1", camera: "a", frames: 4, first_ms: 2400, last_ms: 2200 },
    { id: "c1", camera: "b", frames: 1, first_ms: 0, last_ms: 0 },
  ]);
});

it("tells of a camera that was away from its cell for a while as of two, and as of one if only for a moment", () => {
  const counts = new FrameCounts();
  counts.look([view("c1", "a", 1)], 0);
  counts.look([view("c1", "a", 9)], 3000);
  counts.look([], 3100);
  counts.look([], 7900);
  counts.look([view("c1", "a", 20)], 8000);
  counts.look([], 8100);
  counts.look([view("c1", "a", 22)], 9000);
  expect(counts.take(10_000)).toEqual([
    { id: "c1", camera: "a", frames: 9, first_ms: 10_000, last_ms: 7000 },
    { id: "c1", camera: "a", frames: 2, first_ms: 2000, last_ms: 1000 },
  ]);
  counts.look([view("c1", "a", 30)], 10_100);
  counts.look([view("c1", "b", 5)], 12_000);
  counts.look([view("c1", "a", 90)], 15_000);
  expect(counts.take(20_000).map(({ camera }) => camera)).toEqual(["a", "b", "a"]);
});

it("takes a page that looks rarely, since it is hidden, for one that saw its cells all the time", () => {
  const counts = new FrameCounts();
  for (const now of [0, 3000, 6000, 9000]) counts.look([view("c1", "a", 0)], now);
  expect(counts.take(10_000)).toEqual([{ id: "c1", camera: "a", frames: 0, first_ms: 10_000, last_ms: 1000 }]);
});

it("takes no old picture and no card for one that was drawn, but each still", () => {
  const counts = new FrameCounts();
  const card = { state: "stale", sinceMs: null } as const;
  const still = { ...view("c4", "d", 7), kind: "still", live: false, ageMs: 600_000 } as const;
  const old = [{ ...view("c1", "a", 9), ageMs: 2001 }, { ...view("c2", "b", 9), ageMs: null }, { ...view("c3", "c", 9), card }];
  counts.look([...old, still], 0);
  counts.look([...old, { ...still, frames: 8 }], 2000);
  expect(counts.take(2000).map(({ frames }) => frames)).toEqual([0, 0, 0, 2]);
});
