import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { delay } from "../shared/backoff";
import { show } from "./showing";
import { type Player, type Stage, type Way, WayEnded } from "./ways";

const MINUTE = 60_000;
const page = Object.assign(new EventTarget(), { hidden: false });
/** What was tried, and what was said to play, in order. */
let told: string[] = [];
let over = new AbortController();
const stage = { playing: (way: Way) => void told.push(`${way} plays`), moves: () => undefined } as unknown as Stage;

beforeEach(() => {
  vi.useFakeTimers();
  // Each page tries again at times of its own: here in the middle of them, and so not just when it is turned away.
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  vi.stubGlobal("document", page);
  page.hidden = false;
  told = [];
  over = new AbortController();
});

afterEach(() => {
  over.abort();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function turn(hidden: boolean): Promise<unknown> {
  page.hidden = hidden;
  page.dispatchEvent(new Event("visibilitychange"));
  return vi.advanceTimersByTimeAsync(0);
}

/** Plays until the signal says otherwise. */
const plays = (way: Way): Player => async (_, { playing }, signal) => {
  told.push(way);
  playing(way);
  return (await delay(100 * MINUTE, signal)) as never;
};
/** Shows nothing in its time, which a hidden page does whatever comes. */
const fails = (way: Way, said = way): Player => async (_, __, signal) => {
  told.push(way);
  await delay(8000, signal);
  throw new WayEnded("no picture came", { id: said, en: said });
};

it("tries no way while the page is hidden, and then the best one first", async () => {
  page.hidden = true;
  void show({ webrtc: plays("webrtc"), hls: plays("hls"), still: plays("still") }, "gate", stage, () => undefined, over.signal);
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(told).toEqual([]);
  await turn(false);
  expect(told).toEqual(["webrtc", "webrtc plays"]);
});

it("holds it against no way that it showed nothing to a hidden page", async () => {
  const players = { webrtc: fails("webrtc"), hls: plays("hls"), still: plays("still") };
  void show(players, "gate", stage, () => undefined, over.signal);
  await turn(true);
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(told).toEqual(["webrtc"]);
  players.webrtc = plays("webrtc");
  void turn(false);
  await vi.advanceTimersByTimeAsync(0);
  expect(told[1]).toBe("webrtc");
});

it("goes on with stills while better ways are tried again: every few minutes, and when somebody comes back", async () => {
  let isFull = true;
  const full: Player = (camera, on, signal) => (isFull ? fails("webrtc", "full" as Way) : plays("webrtc"))(camera, on, signal);
  const whys: (string | null)[] = [];
  void show({ webrtc: full, hls: fails("hls"), still: plays("still") }, "gate", stage, (why) => whys.push(why?.id ?? null), over.signal);
  await vi.advanceTimersByTimeAsync(16_000);
  expect(told).toEqual(["webrtc", "hls", "still", "still plays"]);
  await vi.advanceTimersByTimeAsync(6 * MINUTE + 16_000);
  expect(told.slice(4, 6)).toEqual(["webrtc", "hls"]);
  expect(told).not.toContain("webrtc plays");
  expect(whys).toEqual(["full", "hls"]); // and nothing of what nobody saw

  await vi.advanceTimersByTimeAsync(16_000); // whatever is being tried just now
  isFull = false;
  told = [];
  await turn(true);
  await vi.advanceTimersByTimeAsync(10 * MINUTE);
  expect(told).toEqual([]);
  await turn(false);
  expect(told).toEqual(["webrtc", "webrtc plays"]);
  expect(whys.at(-1)).toBeNull();
});

it("listens to the page no more often after hours of stills than at first", async () => {
  const listens = vi.spyOn(page, "addEventListener");
  const alive = () => listens.mock.calls.filter(([, , how]) => !(how as AddEventListenerOptions).signal?.aborted).length;
  void show({ webrtc: fails("webrtc"), hls: fails("hls"), still: plays("still") }, "gate", stage, () => undefined, over.signal);
  await vi.advanceTimersByTimeAsync(6 * MINUTE);
  const first = alive();
  await vi.advanceTimersByTimeAsync(80 * MINUTE);
  expect([alive(), listens.mock.calls.length > 10]).toEqual([first, true]);
});
