import { afterEach, expect, it, vi } from "vitest";
import { untilStuck } from "./ways";

/** A video that shows a picture where the test says so. */
class Video {
  readonly #waiting = new Map<number, () => void>();
  #asked = 0;

  requestVideoFrameCallback(shown: () => void): number {
    this.#waiting.set((this.#asked += 1), shown);
    return this.#asked;
  }

  cancelVideoFrameCallback(handle: number): void {
    this.#waiting.delete(handle);
  }

  async show(): Promise<void> {
    for (const shown of this.#waiting.values()) shown();
    await vi.advanceTimersByTimeAsync(0);
  }
}

afterEach(() => {
  vi.useRealTimers();
});

it("says within two seconds that pictures stop, and that they come again, long before it gives up", async () => {
  vi.useFakeTimers();
  vi.stubGlobal("document", { hidden: false });
  const video = new Video();
  const told: boolean[] = [];
  const moves = (isSo: boolean): void => void told.push(isSo);
  const over = untilStuck(video as unknown as HTMLVideoElement, 6000, moves, new AbortController().signal).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(1999);
  expect(told).toEqual([]);
  await video.show();
  await vi.advanceTimersByTimeAsync(1999);
  expect(told).toEqual([true]);
  await vi.advanceTimersByTimeAsync(1);
  expect(told).toEqual([true, false]);
  await video.show();
  expect(told).toEqual([true, false, true]);
  await vi.advanceTimersByTimeAsync(6000);
  expect(told).toEqual([true, false, true, false]);
  expect(await over).toMatchObject({ message: "no picture came" });
});
