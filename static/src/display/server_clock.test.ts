import { expect, it } from "vitest";
import { ServerClock } from "./server_clock";

it("goes on by itself from what the server said, whatever this machine's calendar does", () => {
  const clock = new ServerClock();
  expect([clock.at(50, 7), clock.told(50)]).toEqual([7, null]);
  clock.hear(1_000_000, 100);
  expect([clock.at(700, 7), clock.told(700)]).toEqual([1_000_600, 1_000_600]);
});

it("follows the server's clock where that is set, and no word that was on the line for a moment longer", () => {
  const clock = new ServerClock();
  clock.hear(1_000_000, 0);
  clock.hear(1_000_000, 60);
  expect(clock.told(100)).toBe(1_000_100);
  clock.hear(400_000, 200);
  expect(clock.told(300)).toBe(400_100);
});
