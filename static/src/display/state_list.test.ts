import { describe, expect, it } from "vitest";
import type { CameraListing, ListedCamera } from "./plan";
import { LINE, linesOfRow, listFace } from "./state_list";

/** So many of a city's cameras, of which the first are away; the server tells of 40 by name. */
function city(cameras: number, away: number): CameraListing {
  const all = Array.from({ length: cameras }, (_, at): ListedCamera => {
    return { name: `Jl. ${at} · Titik 1`, state: at < away ? "not_found" : "live", since_ms: 0 };
  });
  return { cameras: all.slice(0, 40), counts: { live: cameras - away, not_found: away } };
}

/** A display's pixels and its page's letters. */
const FULL_HD = { width: 1920, height: 1080, rem: 16 };
const ULTRA_HD = { width: 3840, height: 2160, rem: 32 };

function cellOf(display: typeof FULL_HD, columns: number, rows: number): typeof FULL_HD {
  return { ...display, width: display.width / columns, height: display.height / rows };
}

describe("a list of states", () => {
  it("has letters that can be read across the room, in a cell of nine as on a display of its own", () => {
    expect(listFace(city(40, 1), cellOf(FULL_HD, 3, 3), 0).letters).toBe(24);
    expect(listFace(city(40, 1), cellOf(ULTRA_HD, 3, 3), 0).letters).toBe(48);
    expect(listFace(city(40, 1), FULL_HD, 0).letters).toBe(32);
  });

  it("shows the worst, as many as fit, and counts the rest", () => {
    const face = listFace(city(40, 1), cellOf(FULL_HD, 3, 3), 0);
    expect(face).toMatchObject({ columns: 1, lines: 9, more: 33 });
    expect(face.rows.map(({ name }) => name).slice(0, 2)).toEqual(["Jl. 0 · Titik 1", "Jl. 1 · Titik 1"]);
    expect(face.rows.reduce((lines, row) => lines + linesOfRow(row), 0)).toBeLessThan(face.lines);
    // Of 3,000 the server names 40.
    expect(listFace(city(3000, 1), FULL_HD, 0).more).toBe(2960);
  });

  it("shows all where all fit, in columns where it is wide", () => {
    expect(listFace(city(5, 1), cellOf(FULL_HD, 3, 3), 0)).toMatchObject({ rows: city(5, 1).cameras, more: 0 });
    expect(listFace(city(40, 1), FULL_HD, 0)).toMatchObject({ columns: 3, more: 0 });
    expect(listFace(city(40, 1), ULTRA_HD, 0)).toMatchObject({ columns: 3, more: 0 });
  });

  it("names the worst camera in the smallest cell, and lets its own name have a line", () => {
    for (const titles of [0, 1]) {
      const size = cellOf(FULL_HD, 9, 9);
      const face = listFace(city(40, 3), size, titles);
      expect(face).toMatchObject({ rows: [{ name: "Jl. 0 · Titik 1" }], more: 39 });
      expect((face.lines + 1 + titles) * LINE * face.letters).toBeLessThanOrEqual(size.height);
    }
  });

  it("counts by sign, and keeps a line for a camera where the counts need two", () => {
    const list: CameraListing = { ...city(40, 3), counts: { live: 30, frozen: 3, black: 2, refused: 1, not_found: 2, unreachable: 1, off: 1 } };
    const face = listFace(list, { width: 320, height: 180, rem: 16 }, 0);
    expect(face.counts).toEqual([["live", 30], ["frozen", 5], ["refused", 1], ["not_found", 3], ["off", 1]]);
    expect(face.rows).toHaveLength(1);
    expect(face.letters).toBeLessThan(24);
  });

  it("calls none live while the server does not answer", () => {
    const list: CameraListing = { ...city(40, 3), counts: { live: 30, stale: 7, not_found: 3 } };
    expect(listFace(list, FULL_HD, 1, false)).toMatchObject({ counts: [["stale", 37], ["not_found", 3]], more: 0 });
  });

  it("cuts no camera in two: the last line of a column stays empty instead", () => {
    const face = listFace(city(40, 40), { width: 900, height: 24 * (1 + 6 * LINE), rem: 16 }, 0);
    expect(face).toMatchObject({ columns: 1, lines: 5, more: 38 });
    expect(face.rows).toHaveLength(2);
  });
});
