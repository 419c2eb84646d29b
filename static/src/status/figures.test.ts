import { asks, waitingFor } from "../shared/in_a_browser";
import { expect, it } from "vitest";
import { missing, points, readFigures, site, type Worker } from "./figures";
import type { Point } from "./series";

const POINT: Point = {
  at_ms: Date.now(),
  live: 1,
  faulty: 0,
  dead: 0,
  sessions: null,
  cpu: null,
  memory_mb: null,
  sent_mbps: null,
  loss: null,
  rtt_ms: null,
  dropped_per_s: null,
};

async function answer(after: number, trends: readonly Point[]): Promise<void> {
  for (const what of ["displays", "workers"]) (await asks(`GET /api/${what}`)).answer([]);
  (await asks("GET /api/sessions")).answer({ sessions: [], silent: [] });
  (await asks("GET /api/streams")).answer({ pulled: [], composed: [] });
  (await asks(`GET /api/trends?after_ms=${after}`)).answer({ since_ms: 0, points: trends });
}

it("does not read while it reads, so that no point of the charts is there twice", async () => {
  const all = [readFigures(), readFigures()];
  await asks("GET /api/trends");
  expect([waitingFor("GET /api/trends"), waitingFor("GET /api/displays")]).toEqual([1, 1]);
  await answer(0, [POINT]);
  await Promise.all(all);
  expect([points.value, site.value?.displays]).toEqual([[POINT], []]);

  const next = readFigures();
  await answer(POINT.at_ms, []);
  await next;
  expect(points.value).toEqual([POINT]);
});

it("names the roles that nobody has", () => {
  const worker = (role: string): Worker => ({ role, worker: role, host: "a", since: 0, cpu: null, rss_bytes: 0 });
  expect(missing(["puller", "tiler", "gateway", "public", "puller"].map(worker))).toEqual(["judge"]);
  expect(missing([])).toEqual(["puller", "tiler", "gateway", "judge"]);
});
