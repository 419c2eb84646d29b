import { expect, it } from "vitest";
import { Orders } from "./orders";

/** An order that ends when the test says so. */
function slow(): { readonly order: () => Promise<boolean>; readonly end: (isDone: boolean) => void } {
  let end: (isDone: boolean) => void = () => undefined;
  const ended = new Promise<boolean>((resolve) => (end = resolve));
  return { order: () => ended, end: (isDone) => end(isDone) };
}

it("drops what was asked for while what is refused was under way, and does what is asked for afterwards", async () => {
  const orders = new Orders();
  const done: string[] = [];
  const doing = (name: string) => async (): Promise<boolean> => done.push(name) > 0;
  const { order, end } = slow();
  const refused = orders.give(order);
  const behind = orders.give(doing("behind"));
  end(false);
  expect([await refused, await behind]).toEqual([false, false]);
  expect([done, orders.hasDropped.value]).toEqual([[], true]);

  expect(await orders.give(doing("afterwards"))).toBe(true);
  expect(done).toEqual(["afterwards"]);
});

it("drops nothing behind what was done, and says of the next refusal anew whether something was dropped with it", async () => {
  const orders = new Orders();
  const { order, end } = slow();
  const all = [orders.give(order), orders.give(async () => true), orders.give(async () => false), orders.give(async () => true)];
  end(true);
  expect(await Promise.all(all)).toEqual([true, true, false, false]);
  expect(orders.hasDropped.value).toBe(true);
  expect(await orders.give(async () => false)).toBe(false);
  expect(orders.hasDropped.value).toBe(false);
});

it("takes an error for a refusal, and throws it on", async () => {
  const orders = new Orders();
  const wrong = orders.give(() => Promise.reject(new TypeError("an answer that is none")));
  const behind = orders.give(async () => true);
  await expect(wrong).rejects.toThrow("an answer that is none");
  expect(await behind).toBe(false);
});
