import { expect, it } from "vitest";
import { Liveness } from "./liveness";

it("is live only after more pictures than a gateway repeats of a source that stopped", () => {
  const running = new Liveness();
  expect(running.at(0)).toBe("waiting");
  for (const now of [100, 600, 1100]) {
    running.picture(now);
    expect(running.at(now)).toBe("held");
  }
  running.picture(1600);
  expect([running.at(1600), running.at(3600), running.at(3601)]).toEqual(["live", "live", "stale"]);
  expect(running.ageMs(3601)).toBe(2001);
});

it("is not live where a browser shows what arrived long before", () => {
  const running = new Liveness();
  for (let now = 0; now < 5000; now += 100) running.picture(now, 2500);
  expect([running.at(5000), running.ageMs(5000)]).toEqual(["stale", 2600]);
});

it("has to show anew that it runs after it stood still", () => {
  const running = new Liveness();
  for (let now = 0; now < 500; now += 100) running.picture(now);
  expect(running.at(500)).toBe("live");
  running.picture(5000);
  expect(running.at(5000)).toBe("held");
});
