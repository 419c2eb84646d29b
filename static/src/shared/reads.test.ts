import { expect, it } from "vitest";
import { HttpError } from "./http";
import { isUnknown, Reads } from "./reads";

/** Answers that come when the test says so. */
class Server {
  readonly asked: { readonly answer: (text: string) => void; readonly fail: (error: Error) => void }[] = [];
  readonly given: string[] = [];
  readonly failed: unknown[] = [];
  readonly reads = new Reads<string>(
    () =>
      new Promise((answer, fail) => {
        this.asked.push({ answer, fail });
      }),
    (text) => this.given.push(text),
    (error) => this.failed.push(error),
  );
}

it("has made a change though what is so now cannot be read", async () => {
  const server = new Server();
  await server.reads.change(() => Promise.resolve());
  server.asked[0]?.fail(new Error("timeout"));
  await Promise.resolve();
  await Promise.resolve();
  expect(server.failed).toEqual([new Error("timeout")]);
});

it("says so where a change is refused, and looks all the same", async () => {
  const server = new Server();
  await expect(server.reads.change(() => Promise.reject(new HttpError(0, "no answer", {})))).rejects.toThrow("no answer");
  expect(server.asked.length).toBe(1);
});

it("never gives what was asked for before a change, nor an older answer behind a newer one", async () => {
  const server = new Server();
  const before = server.reads.read();
  await server.reads.change(() => Promise.resolve());
  const behind = server.reads.read();
  server.asked[0]?.answer("before the change");
  await before;
  expect(server.given).toEqual([]);
  server.asked[2]?.answer("newest");
  await behind;
  server.asked[1]?.answer("behind the change");
  await Promise.resolve();
  await Promise.resolve();
  expect(server.given).toEqual(["newest"]);
});

it("does not say that something cannot be read which was read since, or is being read behind a change", async () => {
  const server = new Server();
  const old = server.reads.read();
  const newer = server.reads.read();
  server.asked[1]?.answer("newest");
  await newer;
  server.asked[0]?.fail(new Error("timeout"));
  await old;
  expect([server.given, server.failed]).toEqual([["newest"], []]);
  const before = server.reads.read();
  await server.reads.change(() => Promise.resolve());
  server.asked[2]?.fail(new Error("timeout"));
  await before;
  expect(server.failed).toEqual([]);
});

it("knows a refusal from an answer that never came", () => {
  expect([0, 502, 504].map((status) => isUnknown(new HttpError(status, "", {})))).toEqual([true, true, true]);
  expect([403, 404, 503].map((status) => isUnknown(new HttpError(status, "", {})))).toEqual([false, false, false]);
  expect(isUnknown(new Error("x"))).toBe(false);
});
