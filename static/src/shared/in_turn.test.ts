import { expect, it } from "vitest";
import { InTurn } from "./in_turn";

it("does one thing after the other, and goes on behind what failed", async () => {
  const turn = new InTurn();
  const done: string[] = [];
  let end: () => void = () => undefined;
  const slow = turn.do(async () => {
    await new Promise<void>((resolve) => {
      end = resolve;
    });
    done.push("slow");
  });
  const wrong = turn.do(() => Promise.reject(new TypeError("an answer that is none")));
  const last = turn.do(async () => {
    done.push("last");
    return 3;
  });
  await Promise.resolve();
  end();
  await expect(wrong).rejects.toThrow("an answer that is none");
  expect(await last).toBe(3);
  await slow;
  expect(done).toEqual(["slow", "last"]);
});
