import { describe, expect, it } from "vitest";
import { countedOf, inTreeOrder, type Listed, matching, type Row, rowAfterKey, rowsOf } from "./camera_rows";

function camera(id: string, name: string, district: string, village: string, lorong = "", state: Listed["state"] = "live"): Listed {
  return { id, name, district, village, lorong, state };
}

const CITY = [
  camera("k-10", "Jl. Landak · Lorong 10", "Mamajang", "Parang", "Lorong 10", "unreachable"),
  camera("k-9", "Jl. Landak · Lorong 9", "Mamajang", "Parang", "Lorong 9"),
  camera("k-3", "Jl. Véteran", "Makassar", "Barana"),
  camera("k-4", "Gudang", "", ""),
  camera("k-5", "Pelabuhan", "Wajo", ""),
];

const all = (): boolean => true;
const lines = (rows: readonly Row<Listed>[]): string[] =>
  rows.map((row) => `${row.level} ${row.kind === "group" ? `${row.name} ${row.count}/${row.bad}` : row.camera.id}`);

describe("what was typed", () => {
  const ids = (typed: string): string[] => matching(CITY, typed).map(({ id }) => id);

  it("finds words by how they begin, in any order, without accents and capitals", () => {
    expect(ids("VETERAN")).toEqual(["k-3"]);
    expect(ids("lorong mamajang")).toEqual(["k-10", "k-9"]);
    expect(ids("lorong 9")).toEqual(["k-9"]);
    expect(ids("eteran")).toEqual([]);
    expect(ids("  .")).toHaveLength(5);
  });

  it("puts first what is found as a whole word", () => {
    const near = [camera("a", "Lorong 40", "", ""), camera("b", "Lorong 4", "", "")];
    expect(matching(near, "lorong 4").map(({ id }) => id)).toEqual(["b", "a"]);
  });
});

describe("the tree", () => {
  const sorted = inTreeOrder(CITY);

  it("goes by district, village and lorong as people count, and what has no district comes last", () => {
    expect(sorted.map(({ id }) => id)).toEqual(["k-3", "k-9", "k-10", "k-5", "k-4"]);
    expect(lines(rowsOf(sorted, all))).toEqual([
      "1 Makassar 1/0",
      "2 Barana 1/0",
      "3 k-3",
      "1 Mamajang 2/1",
      "2 Parang 2/1",
      "3 k-9",
      "3 k-10",
      "1 Wajo 1/0",
      "2 k-5",
      "1 k-4",
    ]);
  });

  it("counts each line among those of its level in the same group", () => {
    const counted = countedOf(rowsOf(sorted, all)).map(({ at, siblings }) => `${at}/${siblings.count}`);
    // Makassar, Barana, k-3, Mamajang, Parang, k-9, k-10, Wajo, k-5, and k-4 beside the districts
    expect(counted).toEqual(["1/4", "1/1", "1/1", "2/4", "1/1", "1/2", "2/2", "3/4", "1/1", "4/4"]);
  });

  it("shows of what is folded its name alone", () => {
    expect(lines(rowsOf(sorted, (key) => key === "group Mamajang"))).toEqual([
      "1 Makassar 1/0",
      "1 Mamajang 2/1",
      "2 Parang 2/1",
      "1 Wajo 1/0",
      "1 k-4",
    ]);
  });

  it("is gone through by keys, and left at its upper end", () => {
    const rows = rowsOf(sorted, all);
    const to = (at: number, key: string): number | null | undefined => rowAfterKey(rows, at, key, 8);
    expect([to(0, "ArrowDown"), to(0, "ArrowUp"), to(3, "PageUp"), to(3, "PageDown"), to(9, "ArrowDown")]).toEqual([1, null, 0, 9, 9]);
    expect([to(4, "Home"), to(4, "End"), to(5, "ArrowLeft"), to(4, "ArrowLeft"), to(3, "ArrowLeft")]).toEqual([0, 9, 4, 3, undefined]);
    expect(to(3, "x")).toBeUndefined();
  });
});
