import { expect, it } from "vitest";
import { camerasNewIn, cellPlaces, isPlannedMosaic, mosaicPlace, type Plan, parseServerMessage } from "./plan";

const PLAN: Plan = {
  plan: 3,
  revision: 7,
  wall: "w",
  display: { id: "d", name: "Layar", width: 1920, height: 1080 },
  cells: [
    {
      id: "1",
      x: 0,
      y: 0,
      w: 1 / 3,
      h: 1,
      camera: "a",
      name: "A",
      fit: "contain",
      via: { slot: 0, kind: "mosaic", rect: [0, 0, 426, 720] },
    },
    {
      id: "2",
      x: 1 / 3,
      y: 0,
      w: 2 / 3,
      h: 1,
      camera: "b",
      name: "B",
      fit: "cover",
      via: { slot: 2, kind: "camera", rect: null },
    },
  ],
  slots: ["mosaic.d", null, "cam.b.main"],
  canvases: [{ slot: 0, width: 1280, height: 720 }],
};

it("reads a plan, and nothing that is not one", () => {
  expect(parseServerMessage(JSON.stringify({ t: "plan", ...PLAN }))).toMatchObject({ t: "plan", plan: 3 });
  expect(parseServerMessage('{"t":"plan","plan":3}')).toBeNull();
  expect(parseServerMessage("plan")).toBeNull();
  expect(parseServerMessage('{"t":"something newer"}')).toBeNull();
});

it("reads which session is lost, if it says so", () => {
  expect(parseServerMessage('{"t":"lost","session":"g.1"}')).toEqual({ t: "lost", session: "g.1" });
  expect(parseServerMessage('{"t":"lost"}')).toBeNull();
});

it("reads what is to be done at once, if it is all there", () => {
  expect(parseServerMessage('{"t":"identify","number":2,"ms":8000}')).toEqual({ t: "identify", number: 2, ms: 8000 });
  expect(parseServerMessage('{"t":"identify","number":2}')).toBeNull();
  expect(parseServerMessage('{"t":"removed"}')).toEqual({ t: "removed" });
  expect(parseServerMessage('{"t":"reload"}')).toEqual({ t: "reload" });
  expect(parseServerMessage('{"t":"lists","cells":{}}')).toEqual({ t: "lists", cells: {} });
  expect(parseServerMessage('{"t":"lists"}')).toBeNull();
});

it("leaves states out whose word it does not know", () => {
  const cameras = { a: { state: "live" }, b: { state: "sleeping" } };
  expect(parseServerMessage(JSON.stringify({ t: "states", cameras }))).toEqual({
    t: "states",
    cameras: { a: { state: "live" } },
  });
});

it("lays a mosaic over the whole display although its cells are on even pixels", () => {
  expect(mosaicPlace(PLAN, 0)).toEqual({ x: 0, y: 0, w: 1, h: 1 });
});

it("knows its mosaic by its stream and its canvas, also where it comes light", () => {
  const layout = { slot: 0, fromTs: 0, marks: 1, kind: "mosaic", stream: "mosaic.d", epoch: 1, canvas: [1280, 720], cells: [] } as const;
  expect(isPlannedMosaic(PLAN, 0, layout)).toBe(true);
  expect(isPlannedMosaic(PLAN, 0, { ...layout, stream: "mosaic.d_light", canvas: [640, 358] })).toBe(true);
  expect(isPlannedMosaic(PLAN, 0, { ...layout, stream: "mosaic.d2" })).toBe(false);
  expect(isPlannedMosaic(PLAN, 0, { ...layout, canvas: [1280, 800] })).toBe(false);
  expect(isPlannedMosaic(PLAN, 1, layout)).toBe(false);
});

it("puts a cell where its picture is: in the canvas, or at its own place", () => {
  const [first, second] = [...cellPlaces(PLAN).values()];
  expect(first?.w).toBeCloseTo(426 / 1280);
  expect(second?.x).toBeCloseTo(1 / 3);
});

it("knows which cameras a plan brings, those that were here earlier among them", () => {
  expect(camerasNewIn(PLAN, null)).toEqual(["a", "b"]);
  const [one, other] = PLAN.cells as [Plan["cells"][0], Plan["cells"][0]];
  const next: Plan = { ...PLAN, cells: [{ ...one, camera: "c" }, other] };
  expect(camerasNewIn(next, PLAN)).toEqual(["c"]);
  expect(camerasNewIn(PLAN, next)).toEqual(["a"]);
  expect(camerasNewIn({ ...PLAN, cells: [{ ...one, camera: null }] }, PLAN)).toEqual([]);
});
