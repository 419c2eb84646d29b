import { asks, waitingFor } from "../shared/in_a_browser";
import { expect, it } from "vitest";
import { DrawnMasks, type Told } from "./drawn_masks";
import { moved, rectangle } from "./polygons";

const MASKS = "/api/cameras/gate/masks";
const [A, B, C] = [[rectangle()], [moved(rectangle(), [9, 9])], []] as const;

const told = (masks: Told["masks"], made_ms: number, made_by = "ani"): Told => ({ masks, made_by, made_ms });

async function opened(holds: Told): Promise<DrawnMasks> {
  const drawn = new DrawnMasks("gate");
  const reading = drawn.read();
  (await asks(`GET ${MASKS}`)).answer(holds);
  await reading;
  return drawn;
}

it("saves what is drawn, and takes what the server has of it for what holds", async () => {
  const drawn = await opened(told(C, 1));
  drawn.masks.value = A;
  expect(drawn.isOther.value).toBe(true);
  const saving = drawn.save();
  const asked = await asks(`PUT ${MASKS}`);
  expect([asked.body, drawn.isBusy.value]).toEqual([{ masks: A, made_ms: 1 }, true]);
  asked.answer(told(A, 2));
  expect(await saving).toEqual(told(A, 2));
  expect([drawn.isOther.value, drawn.isBusy.value, waitingFor("GET")]).toEqual([false, false, 0]);
});

it("keeps what is drawn while the masks before it are being saved", async () => {
  const drawn = await opened(told(C, 1));
  drawn.masks.value = A;
  const saving = drawn.save();
  drawn.masks.value = B;
  (await asks(`PUT ${MASKS}`)).answer(told(A, 2));
  await saving;
  expect([drawn.masks.value, drawn.isOther.value]).toEqual([B, true]);
});

it("does not take one's own save, the answer to which was lost, for somebody else's", async () => {
  const drawn = await opened(told(C, 1));
  drawn.masks.value = A;
  const lost = drawn.save().catch((error: unknown) => error);
  (await asks(`PUT ${MASKS}`)).lose();
  expect(await lost).toMatchObject({ status: 0 });

  const repeated = drawn.save();
  (await asks(`PUT ${MASKS}`)).answer({ ...told(A, 2), reason: "stale" }, 409);
  expect(await repeated).toMatchObject(told(A, 2));

  drawn.masks.value = B;
  const lostToo = drawn.save().catch((error: unknown) => error);
  (await asks(`PUT ${MASKS}`)).lose();
  await lostToo;
  drawn.masks.value = C;
  const saving = drawn.save();
  (await asks(`PUT ${MASKS}`)).answer({ ...told(B, 3), reason: "stale" }, 409);
  const again = await asks(`PUT ${MASKS}`);
  expect(again.body).toEqual({ masks: C, made_ms: 3 });
  again.answer(told(C, 4));
  expect(await saving).toEqual(told(C, 4));
});

it("replaces what somebody else drew only where that was said, and discards to it", async () => {
  const drawn = await opened(told(C, 1));
  drawn.masks.value = A;
  const refused = drawn.save().catch((error: unknown) => error);
  (await asks(`PUT ${MASKS}`)).answer({ ...told(B, 2, "budi"), reason: "stale", error: "changed meanwhile" }, 409);
  expect(await refused).toMatchObject({ status: 409 });
  expect([drawn.masks.value, drawn.told.value?.made_by]).toEqual([A, "budi"]);
  const saving = drawn.save();
  const asked = await asks(`PUT ${MASKS}`);
  expect(asked.body).toEqual({ masks: A, made_ms: 2 });
  asked.answer({ ...told(C, 3, "budi"), reason: "stale" }, 409);
  await expect(saving).rejects.toMatchObject({ status: 409 });
  drawn.discard();
  expect(drawn.masks.value).toEqual(C);
});
