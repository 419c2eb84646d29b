import { asks, eventually, waitingFor } from "../shared/in_a_browser";
import { expect, it, vi } from "vitest";
import { aWall } from "../shared/samples";
import { me } from "../shared/session";
import { walls } from "../shared/site";
import { preview, watchCosts } from "./costs";

const PREVIEW = "POST /api/walls/w/preview";

it("asks what the wall costs for those to whom the server says it, and for nobody else", async () => {
  vi.useFakeTimers();
  me.value = { name: "budi", role: "operator", actions: ["cells.arrange"] };
  walls.value = [aWall()];
  watchCosts();
  vi.runAllTimers();
  expect(waitingFor(PREVIEW)).toBe(0);
  me.value = { name: "rina", role: "supervisor", actions: ["cells.arrange", "walls.edit"] };
  vi.runAllTimers();
  vi.useRealTimers();
  const found = { total: {}, recorders: {} };
  (await asks(PREVIEW)).answer(found);
  await eventually(() => expect(preview.value).toEqual(found));
});
