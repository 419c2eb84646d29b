/**
 * What is to be seen right now: which videos where, and what is written over them. Pure.
 *
 * The plan says what shall be shown; the layouts of the decoded pictures say what is shown. Names and marks follow
 * the pictures. The old picture stays until all that takes its place has been drawn.
 */
import { type CameraState, isDead, isFault, isWell, type State } from "../shared/states";
import { coveredShare, fromCanvas, overlap, type Rect, rectOf, sameRect } from "./geometry";
import { ageOf, type CellPicture, type SlotPicture, STALE_AFTER_MS } from "./picture";
import { canvasSize, cellPlaces, isPlannedMosaic, mosaicPlace, PIXELS, type Plan, type PlanCell } from "./plan";

/** A cell that got no picture for this long says so, instead of staying empty or with another camera's picture. */
export const WAIT_MS = 5000;

/** Fractions of the display by which a picture may lie beside a cell and still be what is seen of that cell. */
const SAME_PLACE = 0.005;

export type Fit = "contain" | "cover";

/** One slot of a peer connection, and where its video stands. */
export interface StagedSlot {
  /** Peer connections are counted: a later one replaces what an earlier one left on the screen. */
  readonly generation: number;
  readonly index: number;
  readonly picture: SlotPicture;
  readonly place: VideoPlace | null;
}

/** Where a video stands: fractions of the display, and its order above others. */
export interface VideoPlace {
  readonly rect: Rect;
  readonly fit: Fit;
  readonly z: number;
  /** The part of the picture that is shown, fractions of it. */
  readonly zoom?: Rect;
  /** Where the whole picture lies, of which only what falls on `rect` is to be seen. */
  readonly span?: Rect;
}

/** What is written over a cell. */
export interface CellView {
  readonly key: string;
  /** The plan's cell that this is, if the plan has it so. */
  readonly id: string | null;
  /** Otherwise the cell in whose place it stays for a moment, if it lies there. */
  readonly over: string | null;
  readonly camera: string;
  readonly name: string;
  /** Fractions of the display. */
  readonly rect: Rect;
  readonly z: number;
  readonly kind: "mosaic" | "camera" | "still" | "none";
  /** How a still fits its cell. */
  readonly fit?: Fit;
  readonly slot: StagedSlot | null;
  /** The cell's pixels in the video's picture; null without a picture. */
  readonly pixels: Rect | null;
  /** New pictures since this picture's layout began, or stills so far. */
  readonly frames: number;
  readonly live: boolean;
  readonly ageMs: number | null;
  /** The sign at the label's right; null while nothing is known yet. */
  readonly mark: { readonly state: State; readonly sinceMs: number | null } | null;
  /** In place of the picture: dark, with the cause in words. */
  readonly card: { readonly state: State; readonly sinceMs: number | null } | null;
}

export interface Scene {
  readonly videos: ReadonlyMap<StagedSlot, VideoPlace>;
  readonly cells: readonly CellView[];
  /** Cells of the plan that are as they shall be: a picture of theirs was decoded, or their card is up. */
  readonly drawn: readonly string[];
  /** Cells of the plan that have waited long for their picture, although their camera is well. */
  readonly astray: readonly PlanCell[];
}

/** A still that was taken at `takenAt` (`performance.now()`), the `number`th of its camera here. */
export interface TakenStill {
  readonly takenAt: number;
  readonly number: number;
}

export interface SceneInput {
  readonly plan: Plan | null;
  /** The plan is what the server wants now; without touch with it, pictures may be ahead of the plan. */
  readonly inTouch: boolean;
  readonly generation: number;
  readonly slots: readonly StagedSlot[];
  readonly states: ReadonlyMap<string, CameraState>;
  readonly nameOf: (camera: string) => string;
  /** The still of this camera; null where there is none. */
  readonly stillOf: (camera: string) => TakenStill | null;
  /** `performance.now()` since when the plan has asked for this camera in this cell. */
  readonly askedAt: (cell: PlanCell) => number;
  /** `performance.now()` */
  readonly now: number;
  /** The server's clock at the same instant (unix ms): its times stand beside those that are reckoned here. */
  readonly wallNow: number;
}

/** Where the picture of each cell of the plan is to be, fractions of the display. */
type Places = ReadonlyMap<PlanCell, Rect>;

/** A cell of the plan, and the picture that fulfils it. */
interface Claim {
  readonly cell: PlanCell;
  readonly camera: string;
  readonly rect: Rect;
  readonly slot: StagedSlot | null;
  readonly index: number;
  /** The still that fulfils it. */
  readonly still: TakenStill | null;
}

export function compose(all: SceneInput): Scene {
  // What an emptied slot still holds was seen until its place was taken. Without a place it is not to be seen again.
  const input = { ...all, slots: all.slots.filter(({ picture, place }) => place || !picture.emptied) };
  const { plan } = input;
  const places: Places = plan ? cellPlaces(plan) : new Map();
  const claims = plan ? claimsOf(plan, places, input) : [];
  const stills = claims.filter((claim) => claim.still !== null);
  const tops = claims.filter((claim) => !claim.slot && claim.still === null && givenUp(claim, input));
  const open = claims.filter((claim) => !claim.slot && claim.still === null && !tops.includes(claim));
  const videos = placeVideos(input, claims, open);
  const shown = viewsOf(input, places, claims, videos);
  const covering = [
    ...[...videos].map(([, place]) => place),
    ...stills.map(({ rect }) => ({ rect, z: Z_STILL })),
    ...tops.map(({ rect }) => ({ rect, z: Z_CARD })),
  ];
  const views = [...shown, ...stills.map((claim) => stillOf(claim, input))];
  const visible = views.filter((view) => !covering.some((over) => hides(over, view)));
  const cards = tops.map((claim) => cardOf(claim, input));
  // What has no name may be the very picture: the next moment says so.
  const nameless = [...videos].filter(([{ picture: { unnamedAt } }]) => unnamedAt !== null && input.now - unnamedAt <= WAIT_MS);
  const seen = [...visible, ...nameless.map(([, place]) => place)];
  const waiting = open.filter((claim) => !seen.some(({ rect }) => overlap(rect, claim.rect)));
  return {
    videos,
    cells: [...visible, ...cards, ...waiting.map((claim) => cardOf(claim, input))],
    drawn: claims.filter((claim) => !open.includes(claim)).map(({ cell }) => cell.id),
    astray: [...open, ...tops]
      .filter(({ cell, camera }) => cell.via?.kind !== "still" && isWell(input.states.get(camera)?.state))
      .filter(({ cell }) => input.now - input.askedAt(cell) > WAIT_MS)
      .map(({ cell }) => cell),
  };
}

const Z_MOSAIC = 0;
const Z_STILL = 900;
const Z_CAMERA = 1000;
const Z_CARD = 2000;

const LEFT = 0;
const WANTED = 2;
const AWAITED = 4;

/**
 * Later peer connections above earlier ones; what the plan names above what it leaves, and above that what has the last
 * pictures of a cell whose own are awaited. A label takes the next.
 */
function zOf(slot: StagedSlot, input: SceneInput, rank: number): number {
  const base = slot.picture.shown?.kind === "mosaic" ? Z_MOSAIC : Z_CAMERA;
  const later = Math.max(0, 140 - (input.generation - slot.generation));
  return base + later * 6 + rank;
}

function claimsOf(plan: Plan, places: Places, input: SceneInput): Claim[] {
  const current = new Map(input.slots.filter((slot) => mayFulfil(plan, slot, input)).map((slot) => [slot.index, slot]));
  return plan.cells.flatMap((cell): Claim[] => {
    if (cell.camera === null) return [];
    const slot = cell.via && cell.via.slot !== null ? (current.get(cell.via.slot) ?? null) : null;
    const index = slot ? fulfilledBy(plan, cell, slot.picture) : -1;
    const rect = places.get(cell) ?? cell;
    const still = cell.via?.kind === "still" ? input.stillOf(cell.camera) : null;
    return [{ cell, camera: cell.camera, rect, slot: index >= 0 ? slot : null, index, still }];
  });
}

/** May its picture be what the plan has in this slot? Not one of an earlier connection, nor of another mosaic. */
function mayFulfil(plan: Plan, { generation, index, picture: { shown } }: StagedSlot, input: SceneInput): boolean {
  return generation === input.generation && (shown?.kind !== "mosaic" || isPlannedMosaic(plan, index, shown));
}

/** Which cell of the slot's shown picture is this cell of the plan; -1: none. A light mosaic has a smaller canvas. */
function fulfilledBy(plan: Plan, cell: PlanCell, { shown, unnamed }: SlotPicture): number {
  if (!shown || unnamed || !cell.via || cell.via.slot === null || shown.kind !== cell.via.kind) return -1;
  const planned = rectOf(cell.via.rect ?? []);
  const [w, h] = canvasSize(plan, cell.via.slot) ?? shown.canvas;
  return shown.cells.findIndex(
    (one) =>
      one.camera === cell.camera &&
      (shown.kind === "camera" || sameRect(fromCanvas(one.rect, shown.canvas, { x: 0, y: 0, w, h }), planned, PIXELS)),
  );
}

/**
 * No picture is coming: the camera is known to fail, or nothing came for long and nothing of it is on the screen.
 * A camera that is off may just not be pulled yet.
 */
function givenUp(claim: Claim, input: SceneInput): boolean {
  const state = input.states.get(claim.camera)?.state;
  if (isDead(state) && state !== "off") return true;
  if (!input.inTouch || input.now - input.askedAt(claim.cell) <= WAIT_MS) return false;
  return !input.slots.some((slot) => slot.place && slot.picture.cells.some((one) => one.camera === claim.camera));
}

function placeVideos(input: SceneInput, claims: readonly Claim[], open: readonly Claim[]): Map<StagedSlot, VideoPlace> {
  const videos = new Map<StagedSlot, VideoPlace>();
  for (const slot of input.slots) {
    const { shown } = slot.picture;
    if (!shown) continue;
    const claim = claims.find((one) => one.slot === slot);
    if (input.plan && shown.kind === "mosaic" && mayFulfil(input.plan, slot, input)) {
      const rect = mosaicPlace(input.plan, slot.index);
      videos.set(slot, { rect, fit: "contain", z: zOf(slot, input, WANTED) });
    } else if (shown.kind === "camera" && claim) {
      const { fit, zoom, span } = claim.cell;
      const part = { ...(zoom && { zoom }), ...(span && { span }) };
      videos.set(slot, { rect: claim.rect, fit, z: zOf(slot, input, WANTED), ...part });
    } else if (slot.place && stays(slot.place.rect, input, open)) {
      // The next mosaic has nothing in the place of a cell that comes by itself from now on, and would hide it.
      const isAwaited = open.some((one) => stillShows(slot, one, input.now));
      videos.set(slot, { ...slot.place, z: zOf(slot, input, isAwaited ? AWAITED : LEFT) });
    }
  }
  // Where a cell never gets its picture, each peer connection would leave one more beneath the next.
  for (const [slot, place] of videos) {
    if (slot.generation < input.generation && [...videos.values()].some((over) => hides(over, place))) videos.delete(slot);
  }
  return videos;
}

/** A picture that the plan no longer names stays until all that takes its place is drawn. */
function stays(rect: Rect, input: SceneInput, open: readonly Claim[]): boolean {
  return input.plan === null || open.some((claim) => overlap(claim.rect, rect));
}

/** Does the picture that is to leave have a new one of what this cell waits for, in its place? */
function stillShows({ picture, place }: StagedSlot, claim: Claim, now: number): boolean {
  const { shown, cells } = picture;
  if (!shown || !place) return false;
  return cells.some((one) => {
    const ageMs = ageOf(one, now);
    if (one.camera !== claim.camera || ageMs === null || ageMs > STALE_AFTER_MS) return false;
    return sameRect(shown.kind === "mosaic" ? fromCanvas(one.layout.rect, shown.canvas, place.rect) : place.rect, claim.rect, SAME_PLACE);
  });
}

function viewsOf(
  input: SceneInput,
  places: Places,
  claims: readonly Claim[],
  videos: ReadonlyMap<StagedSlot, VideoPlace>,
): CellView[] {
  return [...videos].flatMap(([slot, place]) => {
    const { shown, cells, unnamed } = slot.picture;
    if (!shown || unnamed) return [];
    return cells.map((picture, index) => {
      const claim = claims.find((one) => one.slot === slot && one.index === index);
      const mosaic = shown.kind === "mosaic";
      const rect = mosaic ? fromCanvas(picture.layout.rect, shown.canvas, place.rect) : place.rect;
      return {
        key: `${slot.generation}.${slot.index}.${index}.${picture.camera}`,
        id: claim?.cell.id ?? null,
        over: claim ? null : cellAt(places, rect),
        camera: picture.camera,
        name: claim?.cell.name ?? input.nameOf(picture.camera),
        rect,
        z: place.z + 1,
        kind: mosaic ? "mosaic" : "camera",
        slot,
        pixels: picture.blank ? null : picture.layout.rect,
        frames: picture.frames,
        ...conditionOf(picture, input),
      } satisfies CellView;
    });
  });
}

/** The cell of the plan in whose place this is; a panel lies over whatever is there. */
function cellAt(places: Places, rect: Rect): string | null {
  for (const [cell, place] of places) if (!cell.panel && sameRect(place, rect, SAME_PLACE)) return cell.id;
  return null;
}

/** Live, stale or dead: from the pictures; the camera's state only adds words, and what is wrong with a picture. */
function conditionOf(
  picture: CellPicture,
  { states, now, wallNow }: SceneInput,
): Pick<CellView, "live" | "ageMs" | "mark" | "card"> {
  const facts = states.get(picture.camera);
  const ageMs = ageOf(picture, now);
  if (ageMs === null) {
    const blankAt = picture.blankSince === null ? null : wallNow - (now - picture.blankSince);
    return { live: false, ageMs, mark: null, card: causeOf(facts, facts?.last_picture_ms ?? blankAt) };
  }
  const live = picture.lit && ageMs <= STALE_AFTER_MS;
  const stale = !live && ageMs > STALE_AFTER_MS;
  const lastPicture = wallNow - ageMs;
  if (stale && isDead(facts?.state)) return { live, ageMs, mark: null, card: causeOf(facts, lastPicture) };
  if (stale) return { live, ageMs, mark: { state: "stale", sinceMs: lastPicture }, card: null };
  if (!live) return { live, ageMs, mark: null, card: null };
  const fault = facts && isFault(facts.state) ? facts : null;
  return {
    live,
    ageMs,
    mark: { state: fault?.state ?? "live", sinceMs: fault?.since_ms ?? null },
    card: null,
  };
}

/** The state that a card names. A camera that is called live while no picture comes is stale here. */
function causeOf(facts: CameraState | undefined, sinceMs: number | null): NonNullable<CellView["card"]> {
  if (!facts || isWell(facts.state)) return { state: "stale", sinceMs };
  return { state: facts.state, sinceMs: facts.since_ms ?? sinceMs };
}

/** A still is never live: its age stands in it, and the sign says what is wrong with its camera. */
function stillOf({ cell, camera, rect, still }: Claim, input: SceneInput): CellView {
  const facts = input.states.get(camera);
  const wrong = facts && (isDead(facts.state) || isFault(facts.state)) && facts.state !== "off" ? facts : null;
  return {
    key: `still.${cell.id}.${camera}`,
    id: cell.id,
    over: null,
    camera,
    name: cell.name,
    rect,
    z: Z_STILL + 1,
    kind: "still",
    fit: cell.fit,
    slot: null,
    pixels: null,
    frames: still?.number ?? 0,
    live: false,
    ageMs: still && input.now - still.takenAt,
    mark: wrong && { state: wrong.state, sinceMs: wrong.since_ms },
    card: null,
  };
}

function cardOf(claim: Claim, input: SceneInput): CellView {
  const facts = input.states.get(claim.camera);
  const waited = input.now - input.askedAt(claim.cell);
  const known = facts && !isWell(facts.state);
  const card =
    known || waited > WAIT_MS
      ? causeOf(facts, facts?.last_picture_ms ?? input.wallNow - waited)
      : { state: "connecting" as const, sinceMs: null };
  return {
    key: `card.${claim.cell.id}`,
    id: claim.cell.id,
    over: null,
    camera: claim.camera,
    name: claim.cell.name,
    rect: claim.rect,
    z: Z_CARD,
    kind: "none",
    slot: null,
    pixels: null,
    frames: 0,
    live: false,
    ageMs: null,
    mark: null,
    card,
  };
}

/** Does something opaque lie over (nearly) all of this? */
function hides(over: { readonly rect: Rect; readonly z: number }, view: typeof over): boolean {
  return over.z > view.z && coveredShare(view.rect, over.rect) > 0.95;
}
