import { expect, it } from "vitest";
import { follow } from "./following";

const NO_WAIT = (_ms: number, signal: AbortSignal): Promise<void> => {
  signal.throwIfAborted();
  return Promise.resolve();
};

it("goes on behind an answer that did not come, says so once, and that it came again", async () => {
  const answers: (boolean | Error)[] = [new Error("first"), new Error("second"), true, new Error("third"), true, false];
  const told: unknown[] = [];
  const read = async (): Promise<boolean> => {
    const answer = answers.shift();
    if (typeof answer !== "boolean") throw answer;
    return answer;
  };
  await follow(read, (error) => told.push(error), new AbortController().signal, NO_WAIT);
  expect(answers).toEqual([]);
  expect(told).toEqual([new Error("first"), null, new Error("third"), null]);
});

it("ends where the page has been left, and then says nothing", async () => {
  const ended = new AbortController();
  const told: unknown[] = [];
  const read = async (): Promise<boolean> => {
    ended.abort(new Error("left"));
    throw new Error("no answer");
  };
  await expect(follow(read, (error) => told.push(error), ended.signal, NO_WAIT)).rejects.toThrow("left");
  expect(told).toEqual([]);
});
