import { expect, it } from "vitest";
import { Tally } from "./tally";

const at = (frames: number, dropped: number) => () => ({ frames, dropped });

it("neither the burst that a stream begins with, nor what leaves the screen, counts", () => {
  const tally = new Tally();
  tally.look(true, 0, at(0, 0));
  tally.look(true, 1_900, at(45, 28));
  expect(tally.take(at(45, 28)())).toEqual({ frames: 0, dropped: 0 });
  tally.look(true, 2_000, at(46, 28));
  expect(tally.steady).toBe(false);
  expect(tally.take(at(150, 30)())).toEqual({ frames: 104, dropped: 2 });
  expect(tally.steady).toBe(true);
  expect(tally.take(at(300, 30)())).toEqual({ frames: 150, dropped: 0 });
  tally.look(false, 30_000, at(320, 31));
  expect(tally.steady).toBe(false);
  expect(tally.take(at(340, 50)())).toEqual({ frames: 0, dropped: 0 });
});

it("what comes back begins anew", () => {
  const tally = new Tally();
  tally.look(true, 0, at(0, 0));
  tally.look(true, 2_000, at(30, 0));
  tally.look(false, 3_000, at(45, 0));
  tally.look(true, 4_000, at(50, 5));
  tally.look(true, 5_900, at(80, 33));
  expect(tally.take(at(80, 33)())).toEqual({ frames: 0, dropped: 0 });
  tally.look(true, 6_000, at(81, 33));
  expect(tally.take(at(91, 34)())).toEqual({ frames: 10, dropped: 1 });
});
