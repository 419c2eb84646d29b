/** Walls and cameras for tests. */
import type { Camera, Cell, Content, Display, Wall } from "./walls";

export const EMPTY: Content = { type: "empty" };

export function aCell(id: string, x: number, y: number, w: number, h: number, more: Partial<Cell> = {}): Cell {
  return { id, x, y, w, h, fit: "contain", content: EMPTY, ...more };
}

export function showing(camera: string): Partial<Cell> {
  return { content: { type: "camera", camera } };
}

/** Four cells; the first shows camera `a`. */
export const FOUR: readonly Cell[] = [
  aCell("c1", 0, 0, 360, 360, showing("a")),
  aCell("c2", 360, 0, 360, 360),
  aCell("c3", 0, 360, 360, 360),
  aCell("c4", 360, 360, 360, 360),
];

export function aDisplay(id: string, more: Partial<Display> = {}, cells: readonly Cell[] = FOUR): Display {
  const layout = { columns: 720, rows: 720, cells };
  return { id, name: `Layar ${id}`, width: 1920, height: 1080, column: 0, row: 0, layout, ...more };
}

export function aWall(more: Partial<Wall> = {}): Wall {
  return {
    id: "w",
    name: "Ruang kendali",
    revision: 4,
    columns: 1,
    rows: 1,
    bezel_x: 0,
    bezel_y: 0,
    displays: [aDisplay("a")],
    tours: [],
    scenes: [],
    past: [],
    future: [],
    ...more,
  };
}

export function aCamera(id: string, more: Partial<Camera> = {}): Camera {
  return {
    id,
    name: id.toUpperCase(),
    district: null,
    village: null,
    lorong: null,
    latitude: null,
    longitude: null,
    kind: "rtsp",
    risk: "green",
    streams: [],
    masked: false,
    state: "live",
    since_ms: null,
    cause_id: null,
    cause_en: null,
    last_picture_ms: null,
    visited: false,
    seen_ms: null,
    ...more,
  };
}
