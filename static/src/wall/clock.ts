/** What is on the wall and why, and what the clock does with it: read now and then, and changed. */
import { batch, signal } from "@preact/signals";
import { ask, firstGoTo, HttpError } from "../shared/http";
import type { Said } from "../shared/language";
import { isUnknown, Reads } from "../shared/reads";
import { failed, heard, mayDo } from "../shared/session";
import { put } from "../shared/site";
import type { Override, Revision, SceneTime } from "../shared/timed";
import { wallPath } from "../shared/wall_place";
import type { Scene, Wall } from "../shared/walls";
import type { PastWall } from "./past_cells";
import { tab, wall } from "./store";
import { WORDS } from "./words";

export const REFRESH_MS = 5000;
/** So many revisions are looked through for what the clock did. */
const LATEST = 20;

export const times = signal<readonly SceneTime[]>([]);
export const overrides = signal<readonly Override[]>([]);
/** Revisions by their number, as far as they were asked for: they never change. */
export const revisions = signal<ReadonlyMap<number, Revision>>(new Map());
/** The wall as it was when each of its scenes was saved, by that revision. */
export const kept = signal<ReadonlyMap<number, Wall>>(new Map());
/** The wall as it is, with who put what there; null: not read yet. */
export const orders = signal<PastWall | null>(null);

/** What others change too. */
interface Clock {
  readonly times: readonly SceneTime[];
  readonly overrides: readonly Override[];
  readonly orders: PastWall | null;
}

const reads = new Reads<Clock>(
  look,
  (seen) =>
    batch(() => {
      times.value = seen.times;
      overrides.value = seen.overrides;
      orders.value = seen.orders;
      heard("clock");
    }),
  (error) => {
    if (tab.value === "schedule") failed(error, "clock", readClock);
  },
);

/** Everything that the schedule's page shows of its wall. */
export function readClock(): Promise<void> {
  return reads.read();
}

async function look(): Promise<Clock> {
  const scenes = wall.value?.scenes ?? [];
  const [seenTimes, seenOverrides, latest] = await Promise.all([
    ask<SceneTime[]>(`${wallPath}/schedule`),
    ask<Override[]>(`${wallPath}/overrides`),
    ask<Revision[]>(`${wallPath}/revisions?limit=${LATEST}`),
  ]);
  const [newest] = latest;
  const missing = [...new Set(scenes.map(({ revision }) => revision))].filter((revision) => !kept.value.has(revision));
  const found = await Promise.all(missing.map((revision) => ask<Wall>(`${wallPath}/revisions/${revision}`).catch(() => null)));
  // As of the newest revision, by the server's clock: this machine's may be ahead.
  const isNew = newest && orders.value?.revision !== newest.revision;
  const seenOrders = isNew ? await ask<PastWall>(`${wallPath}/history?at=${newest.made_ms}`) : orders.value;
  batch(() => {
    revisions.value = new Map([...revisions.value, ...latest.map((one) => [one.revision, one] as const)]);
    if (found.length > 0) kept.value = new Map([...kept.value, ...found.flatMap((then) => (then ? [[then.revision, then] as const] : []))]);
  });
  const told = [...seenOverrides.map(({ revision }) => revision), ...(seenOrders ? lastChanges(scenes, seenOrders) : [])];
  await Promise.all([...new Set(told)].map(readRevision));
  return { times: seenTimes, overrides: seenOverrides, orders: seenOrders };
}

/** The revision that gave the displays of each scene, and the whole wall, what they show. */
function lastChanges(scenes: readonly Scene[], seen: PastWall): number[] {
  return [...scenes.map((scene) => putBy(seen, scene)), putBy(seen)].flatMap((revision) => revision ?? []);
}

/**
 * The newest revision that put something on these displays, or on the wall; null: that is not known. What the clock did
 * with the whole wall counts, too, where it moved cells but gave none another content.
 */
export function putBy(seen: PastWall, scene?: Scene): number | null {
  const displays = seen.displays.filter(({ id }) => !scene || scene.displays.includes(id));
  const all = displays.flatMap(({ layout }) => layout.cells.map(({ revision }) => revision ?? 0));
  const isWhole = displays.length === seen.displays.length;
  const clocked = isWhole ? [...revisions.value.values()].filter(({ cause }) => cause !== null).map(({ revision }) => revision) : [];
  return Math.max(0, ...all, ...clocked) || null;
}

async function readRevision(revision: number): Promise<void> {
  if (revisions.value.has(revision)) return;
  const [found] = await ask<Revision[]>(`${wallPath}/revisions?before=${revision + 1}&limit=1`);
  if (found?.revision === revision) revisions.value = new Map([...revisions.value, [revision, found]]);
}

/**
 * A scene at a time of the day from now on, instead of `before` where there is one; what is to be said of that one: null
 * where it is gone. Throws HttpError.
 */
export async function keepTime(scene: string, at: string, days: string, before: string | null): Promise<Said | null> {
  let left = null as Said | null;
  await reads.change(async () => {
    await ask(`${wallPath}/schedule`, "POST", { scene, at, days });
    if (before !== null) left = await takeAway(before);
  });
  return left;
}

async function takeAway(id: string): Promise<Said | null> {
  try {
    await ask(pathOf(id), "DELETE");
    return null;
  } catch (error) {
    if (!(error instanceof HttpError) || firstGoTo(error) !== null) throw error;
    return isUnknown(error) ? WORDS.bothMayStay : WORDS.bothStay;
  }
}

/** Throws HttpError. */
export async function removeTime(id: string): Promise<void> {
  await reads.change(() => ask(pathOf(id), "DELETE"));
}

function pathOf(time: string): string {
  return `${wallPath}/schedule/${encodeURIComponent(time)}`;
}

/** A scene for some minutes, and then back. Throws HttpError. */
export async function showForAWhile(base: Wall, scene: string, minutes: number, reason: string): Promise<void> {
  const command = { type: "recall_scene", scene };
  const live = mayDo("walls.edit") ? { live: true } : {};
  const body = { base_revision: base.revision, command, minutes, reason, ...live };
  await reads.change(async () => put((await ask<{ wall: Wall }>(`${wallPath}/overrides`, "POST", body)).wall));
}

/** Back before its time; what is to be said of that: null where the wall returned. Throws HttpError. */
export async function endNow({ id }: Override): Promise<Said | null> {
  const known = Math.max(wall.value?.revision ?? 0, ...revisions.value.keys());
  let returned = true;
  await reads.change(async () => {
    await ask(`${wallPath}/overrides/${encodeURIComponent(id)}`, "DELETE");
    const since = await ask<Revision[]>(`${wallPath}/revisions?limit=${LATEST}`).catch(() => null);
    returned = since === null || since.some(({ revision, cause }) => revision > known && cause === "returned");
  });
  return returned ? null : WORDS.nothingReturned;
}
