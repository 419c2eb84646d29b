import { describe, expect, it } from "vitest";
import { aDisplay, aWall } from "./samples";
import {
  type Camera,
  type Cell,
  countStates,
  differences,
  findCell,
  neighbour,
  showing,
  type Wall,
} from "./walls";

function cell(id: string, x: number, y: number, w: number, h: number, camera?: string): Cell {
  return { id, x, y, w, h, fit: "contain", content: camera ? { type: "camera", camera } : { type: "empty" } };
}

// A large cell at the left, three small ones beside it.
const CELLS = [
  cell("low", 3, 2, 1, 1, "c"),
  cell("large", 0, 0, 3, 3, "a"),
  cell("top", 3, 0, 1, 1, "b"),
  cell("middle", 3, 1, 1, 1),
];
const WALL: Wall = aWall({
  displays: [aDisplay("d", { name: "Layar utama", layout: { columns: 4, rows: 3, cells: CELLS } })],
});

function withCells(cells: readonly Cell[]): Wall {
  return { ...WALL, displays: WALL.displays.map((one) => ({ ...one, layout: { ...one.layout, cells } })) };
}

function camera(id: string, name: string, district: string, state: Camera["state"] = "live"): Camera {
  return {
    id,
    name,
    district,
    village: null,
    lorong: null,
    latitude: null,
    longitude: null,
    kind: "rtsp",
    risk: "green",
    streams: [`cam.${id}.main`],
    masked: false,
    state,
    since_ms: 0,
    cause_id: null,
    cause_en: null,
    last_picture_ms: null,
    visited: false,
    seen_ms: null,
  };
}

describe("a cell", () => {
  it("has the number that a person counts, in reading order", () => {
    const address = { wall: "w", display: "d" };
    expect(["large", "top", "middle", "low"].map((id) => findCell(WALL, { ...address, cell: id })?.number)).toEqual([
      1, 2, 3, 4,
    ]);
    expect(findCell(WALL, { ...address, cell: "none" })).toBeNull();
    expect(findCell(undefined, { ...address, cell: "large" })).toBeNull();
  });

  it("is filled or cleared by one command", () => {
    const address = { wall: "w", display: "d", cell: "top" };
    const content = { type: "camera", camera: "x" };
    expect(showing(address, "x")).toEqual({ type: "assign", display: "d", cell: "top", content });
    expect(showing(address, null)).toEqual({ type: "clear", display: "d", cell: "top" });
  });

  it("has neighbours where the arrow keys lead", () => {
    const to = (id: string, direction: "left" | "right" | "up" | "down"): string | undefined => {
      const from = CELLS.find((one) => one.id === id);
      return from && neighbour(CELLS, from, direction)?.id;
    };
    expect(to("large", "right")).toBe("middle");
    expect(to("top", "down")).toBe("middle");
    expect(to("low", "left")).toBe("large");
    expect(to("top", "up")).toBeUndefined();
  });
});

describe("what somebody else changed", () => {
  it("is told cell by cell", () => {
    const after = withCells(CELLS.map((one) => (one.id === "top" ? cell("top", 3, 0, 1, 1, "z") : one)));
    expect(differences(WALL, after)).toEqual({
      cells: [{ display: "Layar utama", number: 2, before: { type: "camera", camera: "b" }, after: { type: "camera", camera: "z" } }],
      layouts: [],
    });
    expect(differences(WALL, WALL)).toEqual({ cells: [], layouts: [] });
  });

  it("is told of tours and panels too: a cell that shows one is not empty, nor the same as with another one", () => {
    const showingTour = (tour: string): Wall => withCells(CELLS.map((one) => (one.id === "top" ? { ...one, content: { type: "tour", tour } } : one)));
    const [night, day] = [showingTour("night"), showingTour("day")];
    expect(differences(WALL, night).cells.map(({ after }) => after)).toEqual([{ type: "tour", tour: "night" }]);
    expect(differences(night, day).cells.map(({ before, after }) => [before, after])).toEqual([
      [{ type: "tour", tour: "night" }, { type: "tour", tour: "day" }],
    ]);
  });

  it("is told as a whole where the cells are others", () => {
    expect(differences(WALL, withCells(CELLS.slice(1)))).toEqual({ cells: [], layouts: ["Layar utama"] });
  });
});

describe("the list of cameras", () => {
  const cameras = [
    camera("k-1", "Lorong 4 Rappocini", "Rappocini"),
    camera("k-2", "Pantai Losari", "Ujung Pandang", "unreachable"),
    camera("k-3", "Jl. Véteran", "Makassar"),
  ];

  it("is counted by state, without what there is none of", () => {
    expect(countStates(cameras, ["live", "stale", "unreachable"])).toEqual([
      { state: "live", count: 2 },
      { state: "unreachable", count: 1 },
    ]);
  });
});
