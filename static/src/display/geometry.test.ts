import { expect, it } from "vitest";
import { canvasPlace, coveredShare, fromCanvas, rectOf, WHOLE } from "./geometry";

it("maps a cell of a canvas to its part of the display", () => {
  const cell = fromCanvas(rectOf([960, 0, 960, 540]), [1920, 1080], WHOLE);
  expect(cell).toEqual({ x: 0.5, y: 0, w: 0.5, h: 0.5 });
});

it("finds where a canvas lies by where its cells are to be", () => {
  const cells = [0, 1].map((n) => ({
    inCanvas: rectOf([n * 960, 0, 960, 1080]),
    onDisplay: rectOf([0.5 + n * 0.25, 0.5, 0.25, 0.5]),
  }));
  expect(canvasPlace(cells, [1920, 1080])).toEqual({ x: 0.5, y: 0.5, w: 0.5, h: 0.5 });
});

it("knows how much of a cell another one covers", () => {
  expect(coveredShare(rectOf([0, 0, 1, 1]), rectOf([0.5, 0, 1, 1]))).toBe(0.5);
  expect(coveredShare(rectOf([0, 0, 1, 1]), rectOf([1, 0, 1, 1]))).toBe(0);
});
