/** The catalogue as a list that a person goes through: found by words, folded into districts and villages. Pure. */
import { isDead, isFault, type State } from "./states";

export interface Listed {
  readonly id: string;
  readonly name: string;
  readonly district: string | null;
  readonly village: string | null;
  readonly lorong: string | null;
  readonly state: State;
}

/** A line of the list. `key` tells it from every other one, whatever else is found. */
export type Row<T> =
  | { readonly kind: "group"; readonly key: string; readonly name: string; readonly level: 1 | 2; readonly open: boolean; readonly count: number; readonly bad: number }
  | { readonly kind: "camera"; readonly key: string; readonly level: 1 | 2 | 3; readonly camera: T };

/** A catalogue of no more cameras than this is unfolded from the start. */
export const FEW = 200;

const texts = new WeakMap<Listed, string>();

/**
 * Cameras of which a word of name, district, village, lorong or id begins with each typed word, in any order; those
 * that have a typed word as a whole first. As `wallserver/control/camera_search.py` does it.
 */
export function matching<T extends Listed>(cameras: readonly T[], typed: string): readonly T[] {
  const begun = wordsOf(typed).map((word) => ` ${word}`);
  if (begun.length === 0) return cameras;
  const found = cameras.filter((camera) => begun.every((word) => textOf(camera).includes(word)));
  const whole = (camera: T): number => begun.filter((word) => textOf(camera).includes(`${word} `)).length;
  const ranks = new Map(found.map((camera) => [camera, whole(camera)]));
  return found.sort((a, b) => (ranks.get(b) ?? 0) - (ranks.get(a) ?? 0));
}

function textOf(camera: Listed): string {
  let text = texts.get(camera);
  if (text === undefined) {
    const { name, district, village, lorong, id } = camera;
    text = ` ${wordsOf([name, district, village, lorong, id].filter(Boolean).join(" ")).join(" ")} `;
    texts.set(camera, text);
  }
  return text;
}

function wordsOf(text: string): string[] {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean);
}

const collator = new Intl.Collator("id", { numeric: true });

/** By district, village, lorong and name, as people count: Lorong 9 before Lorong 10. What has no district comes last. */
export function inTreeOrder<T extends Listed>(cameras: readonly T[]): T[] {
  const district = ranksOf(cameras, (camera) => camera.district);
  const village = ranksOf(cameras, (camera) => camera.village);
  const lorong = ranksOf(cameras, (camera) => camera.lorong);
  return [...cameras].sort(
    (a, b) => district(a) - district(b) || village(a) - village(b) || lorong(a) - lorong(b) || collator.compare(a.name, b.name),
  );
}

/** Where each camera's word stands among all that there are: thousands have few, and to compare words is dear. */
function ranksOf<T extends Listed>(cameras: readonly T[], wordOf: (camera: T) => string | null): (camera: T) => number {
  const words = [...new Set(cameras.map(wordOf))].filter(Boolean).sort((a, b) => collator.compare(a ?? "", b ?? ""));
  const ranks = new Map(words.map((word, rank) => [word, rank]));
  return (camera) => ranks.get(wordOf(camera)) ?? words.length;
}

/**
 * The lines of what was found: `isOpen` says of a group's key whether its cameras are to be seen. A group without a name
 * is none: its cameras stand where it would.
 */
export function rowsOf<T extends Listed>(cameras: readonly T[], isOpen: (key: string) => boolean): Row<T>[] {
  const rows: Row<T>[] = [];
  for (const [district, theirs] of grouped(cameras, ({ district: name }) => name)) {
    const opened = addGroup(rows, district, district, 1, theirs, isOpen);
    if (!opened) continue;
    const below = district === "" ? 1 : 2;
    for (const [village, ofVillage] of grouped(theirs, ({ village: name }) => name)) {
      if (!addGroup(rows, village, `${district}/${village}`, below, ofVillage, isOpen)) continue;
      const level = (below + (village === "" ? 0 : 1)) as 1 | 2 | 3;
      for (const camera of ofVillage) rows.push({ kind: "camera", key: `camera ${camera.id}`, level, camera });
    }
  }
  return rows;
}

/** Adds the group's own line; whether what is in it is to be seen. */
function addGroup<T extends Listed>(
  rows: Row<T>[],
  name: string,
  path: string,
  level: 1 | 2,
  cameras: readonly T[],
  isOpen: (key: string) => boolean,
): boolean {
  if (name === "") return true;
  const key = `group ${path}`;
  const open = isOpen(key);
  const bad = cameras.filter(({ state }) => (isDead(state) && state !== "off") || isFault(state) || state === "stale").length;
  rows.push({ kind: "group", key, name, level, open, count: cameras.length, bad });
  return open;
}

function grouped<T>(all: readonly T[], nameOf: (one: T) => string | null): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const name = nameOf(one) ?? "";
    const group = groups.get(name);
    if (group) group.push(one);
    else groups.set(name, [one]);
  }
  return groups;
}

/** Which of how many a line is among its siblings: the lines of its level in the same group. */
export interface Counted {
  readonly at: number;
  readonly siblings: { readonly count: number };
}

export function countedOf(rows: readonly Row<unknown>[]): Counted[] {
  const open: { count: number }[] = [];
  return rows.map(({ level }) => {
    // What is deeper belongs to another group from here on.
    open.length = Math.min(open.length, level + 1);
    const siblings = (open[level] ??= { count: 0 });
    siblings.count += 1;
    return { at: siblings.count, siblings };
  });
}

/** The row that a key leads to; `null`: out of the list at its upper end; undefined: this key does nothing here. */
export function rowAfterKey<T>(rows: readonly Row<T>[], at: number, key: string, page: number): number | null | undefined {
  const last = rows.length - 1;
  const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
  const step = steps[key];
  if (step !== undefined) return at + step < 0 ? (at <= 0 ? null : 0) : Math.min(last, at + step);
  if (key === "Home") return 0;
  if (key === "End") return last;
  const row = rows[at];
  if (key === "ArrowLeft" && row && row.level > 1) {
    const parent = rows.slice(0, at).findLastIndex(({ kind, level }) => kind === "group" && level < row.level);
    return parent < 0 ? undefined : parent;
  }
  return undefined;
}
