import { expect, it, vi } from "vitest";
import { Mover, sumOf, type Velocity, velocityOf } from "./moving";

const LEFT = { pan: -1, tilt: 0, zoom: 0 };
const UP = { pan: 0, tilt: 1, zoom: 0 };
const ALL = { pan: true, tilt: true, zoom: true };

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
const keys = (...names: string[]): Velocity[] => names.map(velocityOf).filter((one) => one !== null);

it("adds up what is held, and opposite ways are nothing", () => {
  expect(sumOf(keys("ArrowLeft", "ArrowUp"), ALL)).toEqual({ pan: -1, tilt: 1, zoom: 0 });
  expect(sumOf(keys("ArrowLeft", "ArrowRight"), ALL)).toBeNull();
  expect(velocityOf("x")).toBeNull();
});

it("is never faster than the camera can, though two things say the same", () => {
  expect(sumOf([LEFT, LEFT], ALL)).toEqual(LEFT);
});

it("says nothing of an axis that the camera has not", () => {
  const can = { pan: true, tilt: false, zoom: false };
  expect(sumOf(keys("ArrowLeft", "ArrowUp"), can)).toEqual(LEFT);
  expect(sumOf(keys("ArrowUp", "+"), can)).toBeNull();
});

it("has one move under way, and says Stop again after one that Stop may have overtaken", async () => {
  const said: string[] = [];
  let answer: (goesOn: boolean) => void = () => undefined;
  const mover = new Mover(
    () => {
      said.push("move");
      return new Promise((resolve) => (answer = resolve));
    },
    async () => void said.push("stop"),
    async () => undefined,
  );
  mover.start(LEFT);
  mover.start(LEFT);
  expect(said).toEqual(["move"]);
  mover.end();
  mover.end();
  expect(said).toEqual(["move", "stop"]);
  answer(true);
  await soon();
  expect(said).toEqual(["move", "stop", "stop"]);
});

it("goes on while it is held, and no more where it is refused", async () => {
  let moves = 0;
  const mover = new Mover(async () => ++moves < 3, async () => undefined, async () => undefined);
  mover.start(LEFT);
  await soon();
  expect(moves).toBe(3);
});

it("moves at once when it is pressed again, or another way, before the last move would be said again", async () => {
  const said: (Velocity | "stop")[] = [];
  const never = (): Promise<void> => new Promise(() => undefined);
  const mover = new Mover(
    async (velocity) => {
      said.push(velocity);
      return true;
    },
    async () => void said.push("stop"),
    never,
  );
  mover.start(LEFT);
  await soon();
  mover.end();
  mover.start(LEFT);
  await soon();
  mover.start(UP);
  await soon();
  expect(said).toEqual([LEFT, "stop", LEFT, UP]);
  mover.end();
});

it("moves again when it is pressed again, though the last move ended in an error", async () => {
  const said: Velocity[] = [];
  const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const mover = new Mover(
    async (velocity) => {
      said.push(velocity);
      if (said.length === 1) throw new TypeError("an answer that is none");
      return false;
    },
    async () => undefined,
    async () => undefined,
  );
  mover.start(LEFT);
  await soon();
  mover.end();
  mover.start(UP);
  await soon();
  expect(said).toEqual([LEFT, UP]);
  expect(logged).toHaveBeenCalledOnce();
  logged.mockRestore();
});

it("waits for the Stop before it, which would end the next move", async () => {
  const said: (Velocity | "stop")[] = [];
  let heard: () => void = () => undefined;
  const mover = new Mover(
    async (velocity) => said.push(velocity) > 0,
    () => {
      said.push("stop");
      return new Promise((resolve) => (heard = resolve));
    },
    () => new Promise(() => undefined),
  );
  mover.start(LEFT);
  await soon();
  mover.end();
  mover.start(UP);
  await soon();
  expect(said).toEqual([LEFT, "stop"]);
  heard();
  await soon();
  expect(said).toEqual([LEFT, "stop", UP]);
  mover.halt();
  expect(said.at(-1)).toBe("stop");
});

it("does not give up a move for the refusal of the one before", async () => {
  const said: Velocity[] = [];
  let answer: (goesOn: boolean) => void = () => undefined;
  const mover = new Mover(
    (velocity) => {
      said.push(velocity);
      return new Promise((resolve) => (answer = resolve));
    },
    async () => undefined,
    async () => undefined,
  );
  mover.start(LEFT);
  mover.end();
  mover.start(UP);
  await soon();
  answer(false);
  await soon();
  expect(said).toEqual([LEFT, UP]);
  answer(false);
  await soon();
  expect(said).toEqual([LEFT, UP]);
});
