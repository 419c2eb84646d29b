import "./in_a_browser";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { keepFresh } from "./fresh";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("reads once though nobody sees the page, and then only while somebody does", async () => {
  const page = document as unknown as { hidden: boolean };
  const refresh = vi.fn(() => Promise.resolve());
  page.hidden = true;
  void keepFresh(refresh);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(refresh).toHaveBeenCalledTimes(1);
  page.hidden = false;
  await vi.advanceTimersByTimeAsync(2500);
  expect(refresh).toHaveBeenCalledTimes(2);
});

it("reads at once what may be hours old, where somebody looks at the page again", async () => {
  const page = document as unknown as { hidden: boolean };
  const look = async (hidden: boolean): Promise<void> => {
    page.hidden = hidden;
    document.dispatchEvent(new Event("visibilitychange"));
    await vi.advanceTimersByTimeAsync(1);
  };
  const refresh = vi.fn(() => Promise.resolve());
  void keepFresh(refresh);
  await vi.advanceTimersByTimeAsync(1);
  await look(true);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(refresh).toHaveBeenCalledTimes(1);
  await look(false);
  expect(refresh).toHaveBeenCalledTimes(2);
});
