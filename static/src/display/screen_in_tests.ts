/** A display's slots and what is to be seen of them, as tests of `scene.ts` have it. */
import type { CameraState, State } from "../shared/states";
import { rectOf } from "./geometry";
import { SlotPicture } from "./picture";
import type { Plan, PlanCell } from "./plan";
import { compose, type Scene, type StagedSlot, type TakenStill } from "./scene";

export const HALVES = { left: [0, 0, 960, 1080], right: [960, 0, 960, 1080] } as const;

export function inMosaic(id: string, camera: string, half: keyof typeof HALVES, slot = 0): PlanCell {
  const at = { x: half === "left" ? 0 : 0.5, y: 0, w: 0.5, h: 1 };
  return {
    id,
    camera,
    name: `Kamera ${camera}`,
    fit: "contain",
    ...at,
    via: { slot, kind: "mosaic", rect: HALVES[half] },
  };
}

export function inSlot(id: string, camera: string, half: keyof typeof HALVES, slot: number): PlanCell {
  return { ...inMosaic(id, camera, half), via: { slot, kind: "camera", rect: null } };
}

export function planOf(...cells: PlanCell[]): Plan {
  const display = { id: "d", name: "Layar", width: 1920, height: 1080 };
  const mosaics = new Set(cells.flatMap(({ via }) => (via?.kind === "mosaic" && via.slot !== null ? via.slot : [])));
  const canvases = [...mosaics].map((slot) => ({ slot, width: 1920, height: 1080 }));
  return { plan: 1, revision: 1, wall: "w", display, cells, slots: ["m0", "m1"], canvases };
}

/** The slots of a display, as its pictures come. */
export class Screen {
  now = 0;
  generation = 1;
  plan: Plan | null = null;
  inTouch = true;
  slots: (StagedSlot & { place: StagedSlot["place"] })[] = [];
  readonly states = new Map<string, CameraState>();
  readonly stills = new Map<string, TakenStill>();

  slot(index: number): SlotPicture {
    const known = this.slots.find((slot) => slot.index === index && slot.generation === this.generation);
    if (known) return known.picture;
    const picture = new SlotPicture();
    this.slots.push({ generation: this.generation, index, picture, place: null });
    return picture;
  }

  mosaic(index: number, ts: number, left: string, right: string): void {
    const cells = [
      { camera: left, rect: rectOf(HALVES.left) },
      { camera: right, rect: rectOf(HALVES.right) },
    ];
    const picture = this.slot(index);
    picture.announce(
      { slot: index, fromTs: ts, marks: 1, kind: "mosaic", stream: `m${index}`, epoch: ts, canvas: [1920, 1080], cells },
      this.now,
    );
    const table = { slot: index, ts, epoch: ts, cells: cells.map(() => ({ fresh: true, ageMs: 0 })) };
    picture.addTable(table, this.now);
    picture.present(ts, this.now);
  }

  /** One that has nothing in its right half. */
  half(index: number, ts: number, left: string): void {
    const picture = this.slot(index);
    const cells = [{ camera: left, rect: rectOf(HALVES.left) }];
    picture.announce({ slot: index, fromTs: ts, marks: 1, kind: "mosaic", stream: `m${index}`, epoch: ts, canvas: [1920, 1080], cells }, this.now);
    picture.addTable({ slot: index, ts, epoch: ts, cells: [{ fresh: true, ageMs: 0 }] }, this.now);
    picture.present(ts, this.now);
  }

  /** The same at half the width and height. */
  lightMosaic(index: number, ts: number, left: string, right: string): void {
    const cells = [
      { camera: left, rect: rectOf([0, 0, 480, 540]) },
      { camera: right, rect: rectOf([480, 0, 480, 540]) },
    ];
    const picture = this.slot(index);
    picture.announce({ slot: index, fromTs: ts, marks: 1, kind: "mosaic", stream: `m${index}_light`, epoch: ts, canvas: [960, 540], cells }, this.now);
    picture.addTable({ slot: index, ts, epoch: ts, cells: cells.map(() => ({ fresh: true, ageMs: 0 })) }, this.now);
    picture.present(ts, this.now);
  }

  camera(index: number, ts: number, camera: string): void {
    const picture = this.slot(index);
    const cells = [{ camera, rect: rectOf([0, 0, 640, 360]) }];
    picture.announce(
      { slot: index, fromTs: ts, marks: 1, kind: "camera", stream: camera, epoch: 1, canvas: [640, 360], cells },
      this.now,
    );
    picture.present(ts, this.now);
    picture.present(ts + 1, this.now);
  }

  /** Nothing stands behind the slot after the picture `ts`, which is its last. */
  empty(index: number, ts: number): void {
    const picture = this.slot(index);
    picture.present(ts, this.now);
    picture.announce({ slot: index, fromTs: ts + 1, marks: 1, kind: "none", stream: "", epoch: 0, canvas: [0, 0], cells: [] }, this.now);
  }

  is(camera: string, state: State): void {
    this.states.set(camera, { state, since_ms: 1, cause_id: null, cause_en: null, last_picture_ms: null, visited: false, seen_ms: null });
  }

  look(): Scene {
    const scene = compose({
      plan: this.plan,
      inTouch: this.inTouch,
      generation: this.generation,
      slots: this.slots,
      states: this.states,
      nameOf: (camera) => `Kamera ${camera}`,
      stillOf: (camera) => this.stills.get(camera) ?? null,
      askedAt: () => 0,
      now: this.now,
      wallNow: 1_000_000 + this.now,
    });
    for (const slot of this.slots) {
      const place = scene.videos.get(slot) ?? null;
      if (slot.place && !place) slot.picture.forget();
      slot.place = place;
    }
    return scene;
  }

  /** The cameras that are to be seen, from left to right, a dead one in brackets. */
  seen(): string {
    const cells = [...this.look().cells].sort((a, b) => a.rect.x - b.rect.x);
    return cells.map(({ camera, card }) => (card ? `(${camera})` : camera)).join(" ");
  }
}
