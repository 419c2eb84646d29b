import { expect, it } from "vitest";
import { type Covered, countStandings, standingOf, unseenFirst, wantedMinutes } from "./coverage_rows";

function aRow(lorong: string, times: number, gap_ms: number, met = false): Covered {
  return { district: "Mariso", village: "", lorong, cameras: [lorong], times, shown_ms: times, gap_ms, gap_from_ms: 0, gap_to_ms: gap_ms, met };
}

it("puts what was never seen before what was away for long, and that before what was seen often enough", () => {
  const rows = [aRow("c", 9, 5, true), aRow("a", 1, 60), aRow("d", 4, 9, true), aRow("b", 0, 40)];
  expect(unseenFirst(rows).map(({ lorong }) => lorong)).toEqual(["b", "a", "d", "c"]);
  expect(rows.map(standingOf)).toEqual(["met", "missed", "met", "unseen"]);
  expect(countStandings(rows)).toEqual({ unseen: 1, missed: 1, met: 2 });
});

it("never takes a lorong that was not drawn for one that was, however short the time", () => {
  expect(standingOf(aRow("a", 0, 5, true))).toBe("unseen");
});

it("wants of red ones what the tours promise", () => {
  const tour = { id: "t", name: "Tur", dwell_s: 10, order: "risk" } as const;
  expect(wantedMinutes([{ ...tour, red_every_minutes: 20 }, { ...tour, red_every_minutes: 10 }], "red")).toBe(10);
  expect(wantedMinutes([{ ...tour, red_every_minutes: 10 }], "green")).toBe(60);
  expect(wantedMinutes([{ ...tour, order: "fixed" }], "red")).toBe(30);
});
