import { asks } from "../shared/in_a_browser";
import { expect, it } from "vitest";
import { HttpError } from "../shared/http";
import { beginReplay, endReplay, isLeft, refusal, replay, replayOver } from "./replaying";
import { WORDS } from "./words";

async function begin(camera: string, status = 201): Promise<void> {
  const begun = beginReplay(camera);
  (await asks(`POST /api/cameras/${camera}/replay`)).answer({ stream: `replay.${camera}`, from_ms: 1, until_ms: 2 }, status);
  await begun;
}

it("ends only the one that is still shown: what was asked for since is played", async () => {
  await begin("gate");
  const first = replay.value;
  if (!first) throw new Error("nothing is played");
  const next = beginReplay("port");
  replayOver(first);
  expect(replay.value).toBeNull();
  (await asks("POST /api/cameras/port/replay")).answer({ stream: "replay.port", from_ms: 1, until_ms: 2 }, 201);
  await next;
  expect(replay.value?.camera).toBe("port");
  replayOver(first);
  expect(replay.value?.camera).toBe("port");
  endReplay();
});

it("says that nothing is kept only where nothing is, and of all else why", async () => {
  const said = async (status: number): Promise<unknown> => (await begin("gate", status), refusal.value);
  expect([await said(404), await said(409)]).toEqual([WORDS.noReplay, WORDS.noReplay]);
  expect(await said(403)).toMatchObject({ id: "Anda tidak berhak melakukannya." });
  expect(await said(429)).toMatchObject({ id: "Terlalu sering. Tunggu sebentar." });
  await begin("gate");
  if (replay.value) replayOver(replay.value, new HttpError(503, "503", {}));
  expect(refusal.value).toMatchObject({ id: "Server belum dapat melakukannya. Coba sebentar lagi." });
});

it("leaves its pictures at once where the live one, or another replay, is asked for: they would be called live", async () => {
  await begin("gate");
  const first = replay.value;
  expect([isLeft("replay.gate", first), isLeft("cam.gate.sub", first)]).toEqual([false, false]);
  endReplay();
  expect([isLeft("replay.gate", replay.value), isLeft("cam.gate.sub", null)]).toEqual([true, false]);
  expect(isLeft("replay.gate", { camera: "gate", stream: "replay.again", from_ms: 1, until_ms: 2 })).toBe(true);
});
