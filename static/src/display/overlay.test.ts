import { expect, it } from "vitest";
import { saidOf } from "./overlay";
import { inSlot, planOf, Screen } from "./screen_in_tests";

it("is written anew when a day has passed, and the time since when a picture stands needs its date", () => {
  const screen = new Screen();
  screen.plan = planOf(inSlot("1", "a", "left", 2));
  screen.camera(2, 5, "a");
  screen.now = 60_000;
  const [stale] = screen.look().cells;
  if (!stale) throw new Error("there is nothing to be seen");
  expect(stale.mark).toMatchObject({ state: "stale" });
  const evening = Date.UTC(2026, 10, 29, 15, 59); // 23.59 WITA
  expect(saidOf(stale, "", evening - 60_000)).toBe(saidOf(stale, "", evening));
  expect(saidOf(stale, "", evening + 60_000)).not.toBe(saidOf(stale, "", evening));
  const live = { ...stale, mark: { state: "live", sinceMs: null } } as const;
  expect(saidOf(live, "", evening + 60_000)).toBe(saidOf(live, "", evening));
});
