import { asks, eventually, waitingFor } from "../shared/in_a_browser";
import { afterEach, expect, it } from "vitest";
import { me } from "../shared/session";
import { HANDOVER_WORDS as WORDS } from "./handover_words";
import { confirm, doing, handingOver, keepNotesFresh, leave, left, listClosed, notes, write, written } from "./handovers";

const NOTE = { id: "n", text: "Pompa mati", made_by: "ani", made_ms: 1, confirmed_by: null, confirmed_ms: null };

afterEach(listClosed);

it("has left a note though the list cannot be read behind it, and leaves it once", async () => {
  write("Pompa mati");
  const first = leave();
  await leave();
  expect(waitingFor("POST /api/handovers")).toBe(1);
  (await asks("POST /api/handovers")).answer(NOTE, 201);
  await first;
  expect([written.value, left.value, doing.problem.value]).toEqual(["", true, null]);
  (await asks("GET /api/handovers")).lose();
});

it("leaves a note once though the list was closed and opened anew meanwhile, and what was written since stays", async () => {
  handingOver.value = true;
  write("Pompa mati");
  const leaving = leave();
  listClosed();
  expect([handingOver.value, doing.isBusy.value]).toEqual([false, true]);
  handingOver.value = true;
  await leave();
  expect(waitingFor("POST /api/handovers")).toBe(1);
  write("Banjir di Tallo");
  const asked = await asks("POST /api/handovers");
  expect(asked.body).toEqual({ text: "Pompa mati" });
  asked.answer(NOTE, 201);
  await leaving;
  expect([written.value, left.value]).toEqual(["Banjir di Tallo", false]);
  (await asks("GET /api/handovers")).lose();
});

it("does not say beside another note that is being written that it is kept, nor where the list is opened anew", async () => {
  for (const over of [() => write("B"), listClosed]) {
    write("Pompa mati");
    const leaving = leave();
    (await asks("POST /api/handovers")).answer(NOTE, 201);
    await leaving;
    (await asks("GET /api/handovers")).lose();
    expect(left.value).toBe(true);
    over();
    expect(left.value).toBe(false);
  }
});

it("does not say that a note was not kept where nobody knows it, and keeps the words", async () => {
  write("Banjir di Tallo");
  const leaving = leave();
  (await asks("POST /api/handovers")).lose();
  await leaving;
  expect([written.value, left.value, doing.problem.value]).toEqual(["Banjir di Tallo", false, WORDS.unknown.id]);
  (await asks("GET /api/handovers")).answer([]);
});

it("does not bring a note back that was confirmed while the list was being read", async () => {
  const given: unknown[] = [];
  const stop = notes.subscribe((all) => given.push(all));
  me.value = { name: "budi", role: "operator", actions: ["handovers"] };
  void keepNotesFresh();
  const old = await asks("GET /api/handovers");
  const done = confirm(NOTE);
  (await asks("POST /api/handovers/n/confirm")).answer({});
  await done;
  old.answer([NOTE]);
  (await asks("GET /api/handovers")).answer([{ ...NOTE, confirmed_by: "budi" }]);
  await eventually(() => expect(notes.value).toEqual([{ ...NOTE, confirmed_by: "budi" }]));
  expect(given).not.toContainEqual([NOTE]);
  stop();
});
