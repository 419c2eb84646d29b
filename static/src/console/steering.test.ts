import { asks } from "../shared/in_a_browser";
import { expect, it } from "vitest";
import { Steered } from "./steering";

async function refusedWith(status: number, body: object): Promise<string | undefined> {
  const steered = new Steered("gate");
  const going = steered.goTo("1");
  (await asks("POST /api/cameras/gate/ptz/goto")).answer(body, status);
  await going;
  return steered.refused.value?.id;
}

it("says why a camera does not move: in words of its own, else as every page does, and never as a number", async () => {
  expect(await refusedWith(409, { error: "The puller does not answer.", reason: "silent" })).toBe("Penarik kamera ini tidak menjawab.");
  expect(await refusedWith(409, { error: "gate is switched off.", reason: "off" })).toBe("Kamera ini dimatikan.");
  expect(await refusedWith(502, {})).toBe("Server tidak menjawab.");
});
