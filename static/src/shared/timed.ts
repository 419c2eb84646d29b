/** What happens to a wall by the clock, and what became of it, as the API gives them. Pure. */
import { type CellChange, changesOf } from "./difference";
import type { Scene, Wall } from "./walls";

/** A scene at a time of the day (HH:MM, the site's) on days of the week ("12345": Monday to Friday). */
export interface SceneTime {
  readonly id: string;
  readonly scene: string;
  readonly at: string;
  readonly days: string;
  readonly made_by: string;
  /** Unix ms; null: nobody knows since when it is so. */
  readonly made_ms: number | null;
  /** Unix ms. */
  readonly next_ms: number;
  /** Why it could not be recalled the last time. */
  readonly problem: string | null;
  readonly problem_reason: string | null;
}

/** What `revision` changed returns by itself at `until_ms`. */
export interface Override {
  readonly id: string;
  readonly revision: number;
  readonly until_ms: number;
  readonly made_by: string;
  readonly made_ms: number;
  /** Why it could not return when it was to. */
  readonly problem: string | null;
  readonly problem_reason: string | null;
}

/** What led to a revision; null: somebody's plain command. */
export type Cause = "draft" | "schedule" | "override" | "returned" | null;

export interface Revision {
  readonly revision: number;
  readonly made_by: string;
  readonly made_ms: number;
  readonly said_id: string;
  readonly said_en: string;
  readonly cause: Cause;
}

/** The scenes that the wall shows, those of most displays first. `kept`: the wall as it was when each was saved. */
export function scenesOn(wall: Wall, kept: ReadonlyMap<number, Wall>): Scene[] {
  const on = wall.scenes.filter((scene) => {
    const then = kept.get(scene.revision);
    return then !== undefined && isShown(scene, then, wall);
  });
  return on.sort((a, b) => b.displays.length - a.displays.length);
}

function isShown(scene: Scene, then: Wall, now: Wall): boolean {
  const there = now.displays.some(({ id }) => scene.displays.includes(id));
  return there && changesByRecall(scene, then, now).length === 0;
}

/** What a scene would change of the wall, by the wall as it was when it was saved. Locks are no part of a scene. */
export function changesByRecall(scene: Scene, then: Wall, now: Wall): CellChange[] {
  const there = new Set(now.displays.map(({ id }) => id));
  return changesOf(now, then)
    .filter(({ display }) => there.has(display) && scene.displays.includes(display))
    .filter(({ kinds }) => kinds.some((kind) => kind !== "locked" && kind !== "unlocked"));
}

/** What the clock does next; null: nothing. */
export type Next =
  | { readonly kind: "scene"; readonly at_ms: number; readonly scene: string }
  | { readonly kind: "return"; readonly at_ms: number; readonly override: Override };

export function nextOf(times: readonly SceneTime[], overrides: readonly Override[], now: number): Next | null {
  const all: Next[] = [
    ...times.map(({ next_ms, scene }) => ({ kind: "scene" as const, at_ms: next_ms, scene })),
    ...overrides.map((override) => ({ kind: "return" as const, at_ms: override.until_ms, override })),
  ];
  return all.filter(({ at_ms }) => at_ms > now).sort((a, b) => a.at_ms - b.at_ms)[0] ?? null;
}

/** A part of a day in which a scene is on by the schedule; minutes of the day. */
export interface Band {
  readonly from: number;
  readonly to: number;
  readonly scene: string;
}

const DAY_MIN = 24 * 60;

/** A day. Minutes count from its midnight. */
export interface Day {
  /** 1 is Monday. */
  readonly weekday: number;
  readonly now: number;
  /** Since when (minutes, below 0 before this day) a scene has its time. */
  readonly since: (time: SceneTime) => number;
}

/**
 * A day by the schedule; it begins with what was on the evening before. Of what is past only what was recalled: not what
 * was written down later, nor what could not be.
 */
export function bandsOf(times: readonly SceneTime[], { weekday, now, since }: Day): Band[] {
  const isRecalled = (time: SceneTime, at: number): boolean => at > since(time) && (at > now || time.problem === null);
  const of = (back: number): SceneTime[] =>
    times
      .filter((time) => time.days.includes(String(((weekday - back + 6) % 7) + 1)))
      .filter((time) => isRecalled(time, minutesOf(time.at) - back * DAY_MIN))
      .sort((a, b) => (a.at < b.at ? -1 : 1));
  const today = of(0);
  const before = [1, 2, 3, 4, 5, 6, 7].flatMap((back) => of(back).at(-1) ?? [])[0];
  const starts = [...(before ? [{ at: 0, scene: before.scene }] : []), ...today.map(({ at, scene }) => ({ at: minutesOf(at), scene }))];
  const changes = starts.filter(({ scene }, index) => scene !== starts[index - 1]?.scene);
  return changes.flatMap(({ at, scene }, index) => {
    const to = changes[index + 1]?.at ?? DAY_MIN;
    return to > at ? [{ from: at, to, scene }] : [];
  });
}

/** Of "18:30". */
export function minutesOf(at: string): number {
  const [hour = 0, minute = 0] = at.split(":").map(Number);
  return hour * 60 + minute;
}
