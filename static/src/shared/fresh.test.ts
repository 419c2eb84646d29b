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
