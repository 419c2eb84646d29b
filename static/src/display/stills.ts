/** Cells that are shown by stills: the camera's newest small picture, asked for every 2 s, with its age. */
import type { Language } from "../shared/language";
import { takenMs } from "../shared/still_age";
import type { MediaAccess } from "./media";
import { placeAt } from "./overlay";
import type { Plan } from "./plan";
import type { CellView, TakenStill } from "./scene";
import { WORDS } from "./words";

const EVERY_MS = 2000;
const ANSWER_MS = 5000;

interface Still {
  readonly image: HTMLImageElement;
  /** `performance.now()` when it was taken; null before the first one. Not by the calendar, which may be set back. */
  takenAt: number | null;
  number: number;
  tag: string;
  asking: boolean;
}

/** "5 d lalu": how old a still is; days and minutes where it is older. */
export function ageText(ms: number, language: Language): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [count, unit] = seconds < 90 ? [seconds, "s"] : seconds < 5400 ? [Math.round(seconds / 60), "min"] : [Math.round(seconds / 3600), "h"];
  const units = language === "en" ? { s: "s", min: "min", h: "h" } : { s: "dtk", min: "mnt", h: "jam" };
  return language === "en" ? `${count} ${units[unit as "s"]} ago` : `${count} ${units[unit as "s"]} lalu`;
}

export class Stills {
  readonly #stills = new Map<string, Still>();
  readonly #drawn = new Map<string, HTMLElement>();
  #askedAt = Number.NEGATIVE_INFINITY;

  /** @param onNew called when there is a newer picture. */
  constructor(
    private readonly parent: HTMLElement,
    private readonly access: MediaAccess,
    private readonly language: Language,
    private readonly onNew: () => void,
  ) {}

  /** The newest still of this camera; null where there is none. */
  newestOf(camera: string): TakenStill | null {
    const { takenAt = null, number = 0 } = this.#stills.get(camera) ?? {};
    return takenAt === null ? null : { takenAt, number };
  }

  /** Its picture. */
  imageOf(camera: string): HTMLImageElement | null {
    const still = this.#stills.get(camera);
    return still && still.takenAt !== null ? still.image : null;
  }

  /** Forgets the cameras that the plan no longer shows by stills. */
  setPlan(plan: Plan): void {
    const wanted = new Set(plan.cells.flatMap(({ camera, via }) => (camera !== null && via?.kind === "still" ? [camera] : [])));
    for (const [camera, still] of this.#stills) {
      if (wanted.has(camera)) continue;
      URL.revokeObjectURL(still.image.src);
      this.#stills.delete(camera);
    }
    for (const camera of wanted) {
      if (!this.#stills.has(camera)) this.#stills.set(camera, { image: new Image(), takenAt: null, number: 0, tag: "", asking: false });
    }
    this.#askedAt = Number.NEGATIVE_INFINITY;
    this.tick(performance.now());
  }

  /** Now and then: asks for newer ones. */
  tick(now: number): void {
    if (now - this.#askedAt < EVERY_MS) return;
    this.#askedAt = now;
    for (const [camera, still] of this.#stills) if (!still.asking) void this.#ask(camera, still);
  }

  /** Puts the pictures of these cells where they belong, and takes the others away. */
  draw(cells: readonly CellView[], now: number): void {
    const gone = new Set(this.#drawn.keys());
    for (const view of cells) {
      const still = view.kind === "still" ? this.#stills.get(view.camera) : undefined;
      if (!still) continue;
      gone.delete(view.key);
      const element = this.#drawn.get(view.key) ?? this.#newElement(view.key);
      placeAt(element, view.rect, view.z - 1);
      const [image, age] = element.children as unknown as [HTMLImageElement, HTMLElement];
      if (image.src !== still.image.src) image.src = still.image.src;
      image.style.objectFit = view.fit ?? "contain";
      const text = `${WORDS.still[this.language]} · ${ageText(now - (still.takenAt ?? now), this.language)}`;
      if (age.textContent !== text) age.textContent = text;
    }
    for (const key of gone) {
      this.#drawn.get(key)?.remove();
      this.#drawn.delete(key);
    }
  }

  /** Lets everything go. */
  clear(): void {
    for (const still of this.#stills.values()) URL.revokeObjectURL(still.image.src);
    this.#stills.clear();
    this.draw([], performance.now());
  }

  #newElement(key: string): HTMLElement {
    const element = document.createElement("div");
    element.className = "still";
    const age = document.createElement("span");
    age.className = "still-age";
    element.append(new Image(), age);
    this.parent.append(element);
    this.#drawn.set(key, element);
    return element;
  }

  async #ask(camera: string, still: Still): Promise<void> {
    still.asking = true;
    try {
      const path = `/api/displays/${encodeURIComponent(this.access.display)}/stills/${encodeURIComponent(camera)}`;
      const headers: Record<string, string> = { Authorization: `Bearer ${this.access.token}` };
      if (still.tag) headers["If-None-Match"] = still.tag;
      const answer = await fetch(path, { headers, signal: AbortSignal.timeout(ANSWER_MS), cache: "no-store" });
      if (answer.status === 304) still.takenAt = takenMs(answer.headers, performance.now()) ?? still.takenAt;
      if (!answer.ok) return;
      await this.#take(camera, still, await answer.blob(), answer.headers);
    } catch {
      // What is on the screen stays, and its age grows.
    } finally {
      still.asking = false;
    }
  }

  async #take(camera: string, still: Still, jpeg: Blob, headers: Headers): Promise<void> {
    const taken = takenMs(headers, performance.now());
    const before = still.image.src;
    const address = URL.createObjectURL(jpeg);
    const image = new Image();
    image.src = address;
    await image.decode(); // drawn at once, or not at all
    if (this.#stills.get(camera) !== still) {
      URL.revokeObjectURL(address);
      return;
    }
    still.image.src = address;
    still.tag = headers.get("ETag") ?? "";
    still.takenAt = taken;
    still.number += 1;
    this.onNew();
    if (before) setTimeout(() => URL.revokeObjectURL(before), EVERY_MS);
  }
}
