import { expect, it } from "vitest";
import { type Handover, tookOver, waitingFor } from "./handover";

const HOUR = 3_600_000;

function aNote(id: string, more: Partial<Handover> = {}): Handover {
  return { id, text: "Pompa 2 mati.", made_by: "ani", made_ms: HOUR, confirmed_by: null, confirmed_ms: null, ...more };
}

it("leaves to confirm what others wrote and nobody has confirmed", () => {
  const notes = [aNote("c"), aNote("b", { made_by: "budi" }), aNote("a", { confirmed_by: "budi", confirmed_ms: 2 * HOUR })];
  expect(waitingFor(notes, "budi").map(({ id }) => id)).toEqual(["c"]);
  expect(waitingFor(notes, "ani").map(({ id }) => id)).toEqual(["b"]);
});

it("begins a shift when the newest note was confirmed, of the last day only", () => {
  const notes = [aNote("c"), aNote("b", { confirmed_ms: 9 * HOUR }), aNote("a", { confirmed_ms: 2 * HOUR })];
  expect(tookOver(notes, 10 * HOUR)).toBe(9 * HOUR);
  expect(tookOver(notes, 33 * HOUR)).toBeNull();
  expect(tookOver([aNote("c")], 10 * HOUR)).toBeNull();
});
