import { expect, it } from "vitest";
import { dateOf, dayStart, instantOf, timeOf, weekdayOf } from "./wita";

const EVENING = Date.parse("2026-11-28T17:30:05Z"); // 01:30:05 of Sunday the 29th, in Makassar

it("has the city's date, time and day of the week", () => {
  expect([dateOf(EVENING), timeOf(EVENING), weekdayOf(EVENING)]).toEqual(["2026-11-29", "01:30:05", 7]);
  expect(dayStart(EVENING)).toBe(Date.parse("2026-11-28T16:00:00Z"));
  expect(weekdayOf(EVENING + 24 * 3_600_000)).toBe(1);
});

it("reads what somebody wrote, and nothing that is no time", () => {
  expect(instantOf("2026-11-29", "01:30:05")).toBe(EVENING);
  expect(instantOf("2026-11-29", "1:30")).toBe(EVENING - 5000);
  for (const wrong of ["25:00", "1.30", "", "01:3"]) expect(instantOf("2026-11-29", wrong)).toBeNull();
  expect(instantOf("29/11/2026", "01:30")).toBeNull();
});
