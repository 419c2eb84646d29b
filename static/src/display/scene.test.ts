import { describe, expect, it } from "vitest";
import { rectOf } from "./geometry";
import { WAIT_MS } from "./scene";
import { HALVES, inMosaic, inSlot, planOf, Screen } from "./screen_in_tests";

describe("a mosaic", () => {
  it("may come at half the size, where the network is narrow, and is the same", () => {
    const screen = new Screen();
    screen.plan = planOf(inMosaic("1", "a", "left"), inMosaic("2", "b", "right"));
    screen.mosaic(0, 10, "a", "b");
    const full = screen.look();
    screen.lightMosaic(0, 20, "a", "b");
    const light = screen.look();
    expect(light.drawn).toEqual(["1", "2"]);
    expect(light.cells.map(({ id, rect, live }) => [id, rect, live])).toEqual(
      full.cells.map(({ id, rect, live }) => [id, rect, live]),
    );
  });

  it("loses its names, and gets no cards, while what is said of its lighter version is late on the line", () => {
    const screen = new Screen();
    screen.plan = planOf(inMosaic("1", "a", "left"), inMosaic("2", "b", "right"));
    const cells = (["a", "b"] as const).map((camera, at) => ({ camera, rect: rectOf(HALVES[at ? "right" : "left"]) }));
    const picture = screen.slot(0);
    picture.announce({ slot: 0, fromTs: 0, marks: 8, kind: "mosaic", stream: "m0", epoch: 0, canvas: [1920, 1080], cells }, 0);
    picture.present(0, 0);
    expect(screen.seen()).toBe("a b");
    screen.now = 60_000;
    picture.present(3, screen.now);
    expect(screen.look()).toMatchObject({ cells: [] });
    expect(screen.look().videos.size).toBe(1);
    screen.now += WAIT_MS + 1;
    expect(screen.seen()).toBe("(a) (b)");
  });

  it("carries its names at the very rectangles of the decoded picture", () => {
    const screen = new Screen();
    screen.plan = planOf(inMosaic("1", "a", "left"), inMosaic("2", "b", "right"));
    screen.mosaic(0, 10, "a", "b");
    const scene = screen.look();
    expect(scene.cells.map(({ id, name, rect }) => [id, name, rect.x])).toEqual([
      ["1", "Kamera a", 0],
      ["2", "Kamera b", 0.5],
    ]);
    expect(scene.drawn).toEqual(["1", "2"]);
  });

  it("keeps the old names over the old picture when the plan is ahead, and swaps with the picture", () => {
    const screen = new Screen();
    screen.plan = planOf(inMosaic("1", "a", "left"), inMosaic("2", "b", "right"));
    screen.mosaic(0, 10, "a", "b");
    screen.look();
    screen.plan = planOf(inMosaic("1", "b", "left"), inMosaic("2", "a", "right"));
    expect(screen.seen()).toBe("a b");
    expect(screen.look().drawn).toEqual([]);
    const stay = screen.look().cells.map(({ id, over, camera }) => [id, over, camera]);
    expect(stay).toEqual([
      [null, "1", "a"],
      [null, "2", "b"],
    ]);
    screen.mosaic(0, 20, "b", "a");
    expect(screen.seen()).toBe("b a");
    expect(screen.look().drawn).toEqual(["1", "2"]);
  });

  it("is no picture of a cell that a panel covers, nor of one that lies half beside it", () => {
    const screen = new Screen();
    screen.plan = planOf(inMosaic("1", "a", "left"), inMosaic("2", "b", "right"));
    screen.mosaic(0, 10, "a", "b");
    screen.look();
    const clock = { panel: "clock", time_zone: "Asia/Makassar" } as const;
    screen.plan = planOf(inMosaic("1", "a", "left"), { ...inMosaic("2", "b", "right"), camera: null, via: null, panel: clock });
    expect(screen.look().cells.map(({ id, over, camera }) => [id, over, camera])).toEqual([
      ["1", null, "a"],
      [null, null, "b"],
    ]);
    screen.plan = planOf(inMosaic("1", "a", "left"), { ...inSlot("2", "c", "right", 2), x: 0.75, w: 0.25 });
    expect(screen.look().cells.map(({ id, over, camera }) => [id, over, camera])).toEqual([
      ["1", null, "a"],
      [null, null, "b"],
    ]);
  });

  it("puts no card over what it shows by now, where the server that would say so is away", () => {
    const screen = new Screen();
    screen.plan = planOf(inMosaic("1", "a", "left"), inMosaic("2", "b", "right"));
    screen.mosaic(0, 10, "a", "b");
    screen.look();
    screen.now = 60_000;
    screen.inTouch = false;
    screen.mosaic(0, 20, "c", "b");
    expect(screen.seen()).toBe("c b");
    screen.inTouch = true;
    expect(screen.seen()).toBe("(a) b");
  });

  it("is live while its cell's pictures are new, then stale", () => {
    const screen = new Screen();
    screen.plan = planOf(inMosaic("1", "a", "left"));
    screen.mosaic(0, 10, "a", "b");
    expect(screen.look().cells[0]).toMatchObject({ live: true, mark: { state: "live" } });
    screen.now = 2001;
    expect(screen.look().cells[0]).toMatchObject({ live: false, mark: { state: "stale", sinceMs: 1_000_000 } });
  });

  it("says what is wrong with a picture that does come", () => {
    const screen = new Screen();
    screen.plan = planOf(inMosaic("1", "a", "left"));
    screen.is("a", "frozen");
    screen.mosaic(0, 10, "a", "b");
    expect(screen.look().cells[0]).toMatchObject({ live: true, mark: { state: "frozen" } });
  });

  it("gives way to another mosaic only when all of it is drawn", () => {
    const screen = new Screen();
    screen.plan = planOf(inMosaic("1", "a", "left"), inMosaic("2", "b", "right"));
    screen.mosaic(0, 10, "a", "b");
    screen.look();
    screen.plan = planOf(inMosaic("1", "c", "left", 1), inMosaic("2", "d", "right", 1));
    expect(screen.seen()).toBe("a b");
    screen.mosaic(1, 30, "c", "d");
    expect(screen.seen()).toBe("c d");
    expect([...screen.look().videos.keys()].map(({ index }) => index)).toEqual([1]);
  });

  it("stays where it lies, and is nothing of the next one, until that is drawn in its slot", () => {
    const screen = new Screen();
    screen.plan = planOf(inMosaic("1", "a", "left"), inMosaic("2", "b", "right"));
    screen.mosaic(0, 10, "a", "b");
    const [before] = screen.look().videos.values();
    const narrow = { ...inMosaic("1", "a", "left"), w: 0.25, via: { slot: 0, kind: "mosaic", rect: [0, 0, 480, 1080] } } as const;
    const next = planOf(narrow, inSlot("2", "b", "right", 2));
    screen.plan = { ...next, slots: ["m9"], canvases: [{ slot: 0, width: 480, height: 1080 }] };
    expect([...screen.look().videos.values()].map(({ rect }) => rect)).toEqual([before?.rect]);
    // Another one of the same size, with a cell that does not change.
    screen.plan = { ...planOf(inMosaic("1", "a", "left"), inMosaic("2", "c", "right")), slots: ["m9"] };
    expect(screen.look().drawn).toEqual([]);
    expect(screen.seen()).toBe("a b");
  });

  it("never comes back from a slot that was emptied", () => {
    const screen = new Screen();
    screen.plan = planOf(inMosaic("1", "a", "left"), inMosaic("2", "b", "right"));
    screen.mosaic(0, 10, "a", "b");
    screen.look();
    screen.plan = planOf(inMosaic("1", "a", "left", 1), inMosaic("2", "c", "right", 1));
    screen.mosaic(1, 30, "a", "c");
    expect(screen.seen()).toBe("a c");
    screen.empty(0, 20); // what was on its way when it lost its place
    screen.look();
    screen.plan = planOf(inMosaic("1", "a", "left"), inMosaic("2", "d", "right"));
    expect(screen.look().drawn).toEqual([]);
    expect(screen.seen()).toBe("a c");
    const cells = [{ camera: "a", rect: rectOf(HALVES.left) }];
    screen.slot(0).announce({ slot: 0, fromTs: 90, marks: 1, kind: "mosaic", stream: "m0", epoch: 90, canvas: [1920, 1080], cells }, 0);
    expect(screen.look().drawn).toEqual([]); // announced is not decoded
    screen.mosaic(0, 100, "a", "d");
    expect(screen.seen()).toBe("a d");
    expect(screen.look().drawn).toEqual(["1", "2"]);
  });

  it("stays on the screen when its slot is emptied, until the next one is drawn", () => {
    const screen = new Screen();
    screen.plan = planOf(inMosaic("1", "a", "left"), inMosaic("2", "b", "right"));
    screen.mosaic(0, 10, "a", "b");
    screen.look();
    screen.plan = planOf(inMosaic("1", "c", "left", 1), inMosaic("2", "d", "right", 1));
    screen.empty(0, 20);
    expect(screen.seen()).toBe("a b");
  });
});

it("looks where its cells are once for a picture, however many there are", () => {
  const screen = new Screen();
  const cells = Array.from({ length: 32 }, (_, index) => inMosaic(`${index}`, `x${index}`, "left", 1));
  const plan = planOf(...cells);
  let looked = 0;
  screen.plan = {
    ...plan,
    get canvases() {
      looked += 1;
      return plan.canvases;
    },
  };
  screen.mosaic(1, 10, "a", "b");
  screen.look();
  expect(looked).toBeLessThan(2 * cells.length);
});

describe("a passthrough cell", () => {
  it("stays in the old mosaic, above the next one that has nothing there, until its own picture is decoded", () => {
    const screen = new Screen();
    screen.plan = planOf(inMosaic("c1", "a", "left"), inMosaic("c2", "b", "right"));
    screen.mosaic(0, 1000, "a", "b");
    screen.look();

    screen.now += 60_000; // asked for long ago
    screen.mosaic(0, 2000, "a", "b");
    screen.plan = planOf(inMosaic("c1", "a", "left", 1), inSlot("c2", "b", "right", 2));
    screen.half(1, 1000, "a");
    const between = screen.look();
    expect(between.cells.map(({ camera, card }) => [camera, card])).toContainEqual(["b", null]);
    expect(between.cells.some(({ kind }) => kind === "none")).toBe(false);
    expect(between.drawn).toEqual(["c1"]);

    screen.camera(2, 1000, "b");
    screen.now += 50;
    const after = screen.look();
    expect(after.drawn).toEqual(["c1", "c2"]);
    expect([...after.videos.keys()].map(({ index }) => index).sort()).toEqual([1, 2]);
  });

  it("waits no longer in an old mosaic whose pictures have ended", () => {
    const screen = new Screen();
    screen.plan = planOf(inMosaic("c1", "a", "left"), inMosaic("c2", "b", "right"));
    screen.mosaic(0, 1000, "a", "b");
    screen.look();
    screen.plan = planOf(inMosaic("c1", "a", "left", 1), inSlot("c2", "b", "right", 2));
    screen.now += 60_000;
    screen.half(1, 1000, "a");
    const { videos } = screen.look();
    const zOf = (index: number): number => [...videos].find(([slot]) => slot.index === index)?.[1].z ?? -1;
    expect(zOf(1)).toBeGreaterThan(zOf(0));
  });

  it("lies over the mosaic from its first picture on", () => {
    const screen = new Screen();
    screen.plan = planOf(inMosaic("1", "a", "left"), inMosaic("2", "b", "right"));
    screen.mosaic(0, 10, "a", "b");
    screen.look();
    screen.plan = planOf(inSlot("1", "a", "left", 2), inMosaic("2", "b", "right"));
    expect(screen.look().cells.map(({ kind }) => kind)).toEqual(["mosaic", "mosaic"]);
    screen.camera(2, 5, "a");
    expect(screen.look().cells.map(({ camera, kind }) => `${camera} ${kind}`)).toEqual(["b mosaic", "a camera"]);
  });

  it("stays until the mosaic has its camera", () => {
    const screen = new Screen();
    screen.plan = planOf(inSlot("1", "a", "left", 2), inMosaic("2", "b", "right"));
    screen.mosaic(0, 10, "x", "b");
    screen.camera(2, 5, "a");
    expect(screen.seen()).toBe("a b");
    screen.plan = planOf(inMosaic("1", "a", "left"), inMosaic("2", "b", "right"));
    expect(screen.look().videos.size).toBe(2);
    screen.mosaic(0, 20, "a", "b");
    expect(screen.look().videos.size).toBe(1);
    expect(screen.seen()).toBe("a b");
  });

  it("keeps its old name and picture until the new camera's first picture, in the same slot", () => {
    const screen = new Screen();
    screen.plan = planOf(inSlot("1", "a", "left", 2));
    screen.camera(2, 5, "a");
    screen.look();
    screen.plan = planOf(inSlot("1", "c", "left", 2));
    expect(screen.seen()).toBe("a");
    screen.camera(2, 50, "c");
    expect(screen.seen()).toBe("c");
  });

  it("has neither the old name nor a card over a picture of which nothing is known yet, but for long", () => {
    const screen = new Screen();
    screen.plan = planOf(inSlot("1", "a", "left", 2));
    const picture = screen.slot(2);
    const cells = [{ camera: "a", rect: rectOf([0, 0, 640, 360]) }];
    picture.announce({ slot: 2, fromTs: 0, marks: 8, kind: "camera", stream: "a", epoch: 0, canvas: [640, 360], cells }, 0);
    picture.present(0, 0);
    expect(screen.seen()).toBe("a");
    screen.plan = planOf(inSlot("1", "c", "left", 2));
    picture.present(3, 0);
    expect(screen.look()).toMatchObject({ cells: [], drawn: [] });
    expect(screen.look().videos.size).toBe(1);
    screen.now = WAIT_MS + 1;
    expect(screen.seen()).toBe("(c)");
  });

  it("needs a new picture when it returns to the slot that it left", () => {
    const screen = new Screen();
    screen.plan = planOf(inSlot("1", "a", "left", 2));
    screen.camera(2, 5, "a");
    screen.look();
    screen.plan = planOf(inSlot("1", "b", "left", 3));
    screen.camera(3, 5, "b");
    screen.look();
    screen.empty(2, 8);
    screen.plan = planOf(inSlot("1", "a", "left", 2));
    expect(screen.look().drawn).toEqual([]);
    expect(screen.seen()).toBe("b");
    screen.camera(2, 50, "a");
    expect(screen.seen()).toBe("a");
  });

  it("becomes a card when its camera is known to be dead and its picture is old", () => {
    const screen = new Screen();
    screen.plan = planOf(inSlot("1", "a", "left", 2));
    screen.camera(2, 5, "a");
    screen.is("a", "unreachable");
    expect(screen.seen()).toBe("a");
    screen.now = 2500;
    expect(screen.seen()).toBe("(a)");
  });
});

describe("a cell that is enlarged", () => {
  it("keeps the sub stream's picture until the main stream's is decoded, in another slot", () => {
    const screen = new Screen();
    screen.plan = planOf(inSlot("1", "a", "left", 2), inSlot("2", "b", "right", 3));
    screen.camera(2, 5, "a");
    screen.camera(3, 5, "b");
    screen.look();
    screen.plan = planOf({ ...inSlot("1", "a", "left", 4), w: 1 });
    expect(screen.seen()).toBe("a b");
    expect(screen.look().drawn).toEqual([]);
    screen.camera(4, 900, "a");
    const { videos, drawn } = screen.look();
    expect([...videos].map(([{ index }, { rect }]) => [index, rect.w])).toEqual([[4, 1]]);
    expect(drawn).toEqual(["1"]);
    // And back: the large picture stays until the small one is decoded again.
    screen.plan = planOf(inSlot("1", "a", "left", 2), inSlot("2", "b", "right", 3));
    screen.slots = screen.slots.filter(({ index }) => index === 4);
    expect([...screen.look().videos].map(([{ index }]) => index)).toEqual([4]);
    screen.camera(2, 1900, "a");
    screen.camera(3, 1900, "b");
    expect([...screen.look().videos].map(([{ index }]) => index)).toEqual([2, 3]);
  });
});

describe("a cell that is shown by stills", () => {
  const still = { ...inSlot("1", "a", "left", 2), via: { slot: null, kind: "still", rect: null } } as const;

  it("keeps the old picture until there is a still, which is never live and has its age", () => {
    const screen = new Screen();
    screen.plan = planOf(inSlot("1", "a", "left", 2));
    screen.camera(2, 5, "a");
    screen.look();
    screen.plan = planOf(still);
    expect(screen.look().cells.map(({ kind }) => kind)).toEqual(["camera"]);
    expect(screen.look().drawn).toEqual([]);
    screen.stills.set("a", { takenAt: screen.now - 3000, number: 4 });
    const scene = screen.look();
    expect(scene.videos.size).toBe(0);
    expect(scene.cells).toMatchObject([{ kind: "still", live: false, ageMs: 3000, frames: 4, card: null, mark: null }]);
    expect(scene.drawn).toEqual(["1"]);
  });

  it("says so where none comes, and does not blame the peer connection for it", () => {
    const screen = new Screen();
    screen.plan = planOf(still);
    screen.is("a", "live");
    screen.now = WAIT_MS + 1;
    expect(screen.seen()).toBe("(a)");
    expect(screen.look().astray).toEqual([]);
  });
});

describe("a cell without a picture", () => {
  it("says at once that its camera fails", () => {
    const screen = new Screen();
    screen.plan = planOf(inSlot("1", "a", "left", 2));
    screen.is("a", "refused");
    const scene = screen.look();
    expect(scene.cells[0]?.card).toMatchObject({ state: "refused" });
    expect(scene.drawn).toEqual(["1"]);
    expect(scene.astray).toEqual([]);
  });

  it("gives an old picture of another camera up after a while, and says so if its camera is well", () => {
    const screen = new Screen();
    screen.plan = planOf(inSlot("1", "a", "left", 2));
    screen.camera(2, 5, "a");
    screen.look();
    screen.plan = planOf(inSlot("1", "c", "left", 3));
    screen.is("c", "live");
    screen.now = WAIT_MS;
    expect(screen.seen()).toBe("a");
    expect(screen.look()).toMatchObject({ drawn: [], astray: [] }); // its picture may be on its way
    screen.now = WAIT_MS + 1;
    expect(screen.seen()).toBe("(c)");
    expect(screen.look().astray).toMatchObject([{ id: "1", camera: "c" }]);
  });
});

describe("a new peer connection", () => {
  it("takes what it hides away, however many there have been for a cell that never gets its picture", () => {
    const screen = new Screen();
    screen.plan = planOf(inMosaic("1", "a", "left"), inMosaic("2", "b", "right"));
    screen.mosaic(0, 10, "a", "b");
    screen.look();
    screen.is("b", "live");
    screen.plan = planOf(inMosaic("1", "a", "left"), inSlot("2", "b", "right", 2));
    for (screen.generation = 2; screen.generation < 10; screen.generation += 1) {
      screen.now += 300_000;
      screen.mosaic(0, 1000 * screen.generation, "a", "b");
      expect(screen.look().videos.size).toBe(1);
      expect(screen.look().astray).toMatchObject([{ id: "2" }]);
    }
  });

  it("leaves the last pictures of the old one until its own are decoded", () => {
    const screen = new Screen();
    screen.plan = planOf(inSlot("1", "a", "left", 2), inMosaic("2", "b", "right"));
    screen.mosaic(0, 10, "x", "b");
    screen.camera(2, 5, "a");
    screen.look();
    screen.generation = 2;
    screen.now = 60_000;
    expect(screen.seen()).toBe("a b");
    expect(screen.look().cells.every(({ mark }) => mark?.state === "stale")).toBe(true);
    screen.mosaic(0, 700, "x", "b");
    expect(screen.seen()).toBe("a b");
    screen.camera(2, 900, "a");
    expect(screen.look().cells.every(({ live }) => live)).toBe(true);
    expect([...screen.look().videos.keys()].every(({ generation }) => generation === 2)).toBe(true);
  });
});
