import { describe, expect, it } from "vitest";
import { clockOf, ZoneClock } from "./zone_clock";

const HOUR = 3_600_000;
const utc = (text: string): number => Date.parse(`${text}Z`);

describe("the clocks of Indonesia", () => {
  const EVENING = utc("2026-11-28T17:30:05");
  const MIDNIGHT = utc("2026-11-29T00:00");

  it.each([
    { zone: "Asia/Jakarta", name: "WIB", ahead: 7, time: "00:30:05" },
    { zone: "Asia/Pontianak", name: "WIB", ahead: 7, time: "00:30:05" },
    { zone: "Asia/Makassar", name: "WITA", ahead: 8, time: "01:30:05" },
    { zone: "Asia/Jayapura", name: "WIT", ahead: 9, time: "02:30:05" },
  ])("$zone is $name, $ahead hours ahead", ({ zone, name, ahead, time }) => {
    const clock = new ZoneClock(zone);
    expect([clock.name, clock.nameAt(EVENING)]).toEqual([name, name]);
    expect([clock.dateOf(EVENING), clock.timeOf(EVENING), clock.weekdayOf(EVENING)]).toEqual(["2026-11-29", time, 7]);
    expect([clock.text("seconds", EVENING, "id"), clock.text("seconds", EVENING, "en")]).toEqual([time.replaceAll(":", "."), time]);
    expect(clock.instantOf("2026-11-29", time)).toBe(EVENING);
    expect(clock.instantOfField(`2026-11-29T${time.slice(0, 5)}`)).toBe(EVENING - 5000);
    expect(clock.dayStart(EVENING)).toBe(MIDNIGHT - ahead * HOUR);
    expect(clock.dayEnd(EVENING)).toBe(MIDNIGHT + (24 - ahead) * HOUR);
    expect(clock.weekdayOf(EVENING + 24 * HOUR)).toBe(1);
  });

  it("read what somebody wrote, and nothing that is no time", () => {
    const clock = new ZoneClock("Asia/Makassar");
    expect(clock.instantOf("2026-11-29", "1:30")).toBe(EVENING - 5000);
    for (const wrong of ["25:00", "1.30", "", "01:3"]) expect(clock.instantOf("2026-11-29", wrong)).toBeNull();
    expect(clock.instantOf("29/11/2026", "01:30")).toBeNull();
    expect(clock.instantOfField("")).toBeNull();
  });

  it("keep the thousandths of an instant", () => {
    expect(new ZoneClock("Asia/Makassar").reading(EVENING + 123)).toBe(EVENING + 8 * HOUR + 123);
    expect(new ZoneClock("Asia/Makassar").reading(-1)).toBe(8 * HOUR - 1);
  });
});

describe("a clock with summer time", () => {
  const clock = new ZoneClock("Europe/Amsterdam");
  const at = (date: string, time: string): string => new Date(clock.instantOf(date, time) ?? Number.NaN).toISOString().slice(0, 19);

  it("is called by the season, and in a label by neither", () => {
    expect([clock.nameAt(utc("2026-03-29T00:59:59")), clock.nameAt(utc("2026-03-29T01:00"))]).toEqual(["CET", "CEST"]);
    expect([clock.nameAt(utc("2026-10-25T00:59:59")), clock.nameAt(utc("2026-10-25T01:00"))]).toEqual(["CEST", "CET"]);
    expect(clock.name).toBe("CET");
  });

  it("skips an hour in spring", () => {
    expect(clock.timeOf(utc("2026-03-29T00:59:59"))).toBe("01:59:59");
    expect(clock.timeOf(utc("2026-03-29T01:00"))).toBe("03:00:00");
    expect(at("2026-03-29", "01:59:59")).toBe("2026-03-29T00:59:59");
    expect(at("2026-03-29", "02:30")).toBe("2026-03-29T01:30:00");
    expect(at("2026-03-29", "03:00")).toBe("2026-03-29T01:00:00");
    expect(clock.dayEnd(utc("2026-03-29T12:00")) - clock.dayStart(utc("2026-03-29T12:00"))).toBe(23 * HOUR);
  });

  it("has an hour twice in autumn, of which the first is meant", () => {
    expect(clock.timeOf(utc("2026-10-25T00:30"))).toBe("02:30:00");
    expect(clock.timeOf(utc("2026-10-25T01:30"))).toBe("02:30:00");
    expect(at("2026-10-25", "01:59:59")).toBe("2026-10-24T23:59:59");
    expect(at("2026-10-25", "02:30")).toBe("2026-10-25T00:30:00");
    expect(at("2026-10-25", "03:00")).toBe("2026-10-25T02:00:00");
    expect(clock.dayEnd(utc("2026-10-25T12:00")) - clock.dayStart(utc("2026-10-25T12:00"))).toBe(25 * HOUR);
  });

  it("begins a day that has no midnight when that day begins", () => {
    const santiago = new ZoneClock("America/Santiago");
    expect(santiago.timeOf(santiago.dayStart(utc("2026-09-06T15:00")))).toBe("01:00:00");
    expect(santiago.dayEnd(utc("2026-09-06T15:00"))).toBe(utc("2026-09-07T03:00"));
  });
});

it.each(["Asia/Jakarta", "Asia/Kathmandu", "Europe/Amsterdam", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Kiritimati"])(
  "what the clock of %s shows is read as the instant at which it shows it, but where it does twice",
  (zone) => {
    const clock = new ZoneClock(zone);
    for (let at = utc("2026-01-01T00:00"); at < utc("2027-01-01T00:00"); at += 3.5 * HOUR) {
      const read = clock.instantOf(clock.dateOf(at), clock.timeOf(at));
      if (read !== at) expect([clock.reading(read ?? 0), (read ?? 0) < at]).toEqual([clock.reading(at), true]);
    }
  },
);

it("is one for each zone, and none for one that nobody knows", () => {
  expect(clockOf("Asia/Jakarta")).toBe(clockOf("Asia/Jakarta"));
  expect(clockOf("Mars/Olympus")).toBeNull();
});
