import { type Asked, asks } from "./in_a_browser";
import { expect, it } from "vitest";
import { ask, HttpError } from "./http";

async function answered(settle: (asked: Asked) => void): Promise<unknown> {
  const answer = ask("/api/handovers").catch((error: unknown) => error);
  settle(await asks("GET /api/handovers"));
  return answer;
}

const isNotKnown = expect.objectContaining({ status: 0 });

it("gives the answer's JSON, and nothing for an empty one", async () => {
  expect(await answered((asked) => asked.answer([1]))).toEqual([1]);
  expect(await answered((asked) => asked.settle(new Response(null, { status: 204 })))).toBeUndefined();
});

it("takes an answer that breaks off, or is not the server's, for none, and not for an empty one", async () => {
  expect(await answered((asked) => asked.breakOff('[{"id": "n'))).toEqual(isNotKnown);
  expect(await answered((asked) => asked.settle(new Response("<html>Sign in to the network")))).toEqual(isNotKnown);
});

it("knows what was refused by its status, whatever the answer says else", async () => {
  const refused = await answered((asked) => asked.answer({ error: "Not yours.", reason: "scope" }, 403));
  expect(refused).toEqual(new HttpError(403, "Not yours.", { error: "Not yours.", reason: "scope" }));
  expect(refused).toMatchObject({ status: 403, body: { reason: "scope" } });
  expect(await answered((asked) => asked.settle(new Response("<html>Bad gateway", { status: 502 })))).toMatchObject({ status: 502, body: {} });
});

it("says of itself what a change has to say, and nothing where it only reads: that may have been asked for with the page", async () => {
  const said = async (method: string): Promise<string | null> => {
    const answer = ask("/api/handovers", method, method === "GET" ? undefined : {});
    const asked = await asks(`${method} /api/handovers`);
    asked.answer({});
    await answer;
    return asked.headers.get("X-Wallserver");
  };
  expect([await said("GET"), await said("POST"), await said("DELETE")]).toEqual([null, "1", "1"]);
});
