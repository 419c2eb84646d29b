/** The videos and overlays of this display, kept as `compose` says. */
import type { Language } from "../shared/language";
import type { CameraState } from "../shared/states";
import { type CellFrames, FrameCounts } from "./frames";
import type { Rect } from "./geometry";
import type { ShownPicture } from "./held";
import { CellOverlay } from "./overlay";
import type { MediaAccess } from "./media";
import { PanelLayer } from "./panels";
import { placeVideo } from "./placing";
import { askKey, camerasNewIn, type Plan } from "./plan";
import { type CellView, compose, type Scene } from "./scene";
import { ServerClock } from "./server_clock";
import { VideoSlot } from "./slots";
import { Stills } from "./stills";
import { WORDS } from "./words";

export class Stage {
  readonly element = document.createElement("main");
  plan: Plan | null = null;
  readonly states = new Map<string, CameraState>();
  /** `performance.now()` of the last picture in any slot. */
  lastPictureAt: number | null = null;
  scene: Scene = { videos: new Map(), cells: [], drawn: [], astray: [] };
  #generation = 0;
  #slots: VideoSlot[] = [];
  #rendering = 0;
  readonly #stills: Stills;
  readonly #sign = document.createElement("p");
  readonly #overlays = new Map<string, CellOverlay>();
  readonly #names = new Map<string, string>();
  readonly #asked = new Map<string, number>();
  readonly panels: PanelLayer;
  readonly clock = new ServerClock();
  readonly #drawn = new FrameCounts();

  /** @param onScene called after each rendering that something gave cause for. */
  constructor(
    private readonly language: Language,
    access: MediaAccess,
    private readonly onScene: () => void,
  ) {
    this.element.className = "stage";
    this.panels = new PanelLayer(this.element, language, () => this.#serverNow());
    this.#stills = new Stills(this.element, access, language, () => this.requestRender());
    this.#sign.className = "eased";
    this.#sign.textContent = WORDS.eased[language];
    this.#sign.hidden = true;
    this.element.append(this.#sign);
  }

  /** Whether the plan is what the server wants now. */
  inTouch = false;

  /** Takes a plan; the pictures follow as they are decoded. */
  setPlan(plan: Plan): void {
    // How a camera was when it was here before is no news: behind the plan the server says how it is. A tour's camera
    // that was away, and is back, would have its card until then, and nobody would see the picture before it any more.
    for (const camera of camerasNewIn(plan, this.plan)) this.states.delete(camera);
    this.plan = plan;
    const asked = new Map<string, number>();
    for (const cell of plan.cells) {
      if (cell.camera === null) continue;
      this.#names.set(cell.camera, cell.name);
      asked.set(askKey(cell), this.#asked.get(askKey(cell)) ?? performance.now());
    }
    this.#asked.clear();
    for (const [key, at] of asked) this.#asked.set(key, at);
    this.element.style.setProperty("--aspect", String(plan.display.width / plan.display.height));
    this.panels.setPlan(plan);
    this.#sign.hidden = !plan.eased;
    this.#stills.setPlan(plan);
    this.render();
  }

  setStates(cameras: Readonly<Record<string, CameraState>>): void {
    for (const [camera, facts] of Object.entries(cameras)) this.states.set(camera, facts);
    this.render();
  }

  /** Fresh slots for a new peer connection; what earlier ones left on the screen stays until it is replaced. */
  newSlots(count: number): readonly VideoSlot[] {
    this.#generation += 1;
    const fresh = Array.from({ length: count }, (_, index) => {
      return new VideoSlot(this.#generation, index, (changed) => this.#onPicture(changed));
    });
    this.element.append(...fresh.map((slot) => slot.video));
    this.#slots = [...this.#slots.filter((slot) => slot.place || this.#discard(slot)), ...fresh];
    return fresh;
  }

  /** Once every 100 ms: takes away what only time can take away. */
  tick(): void {
    const now = performance.now();
    for (const slot of this.#slots) slot.tick(now);
    this.panels.tick(this.inTouch);
    this.#stills.tick(now);
    this.render();
  }

  /** The pictures on the screen with their places, for a drawing of it. */
  get shownPictures(): readonly ShownPicture[] {
    const videos = this.#slots.flatMap(({ video, place }): ShownPicture[] =>
      place ? [{ picture: video, size: [video.videoWidth, video.videoHeight], place }] : [],
    );
    const stills = this.scene.cells.flatMap(({ kind, camera, rect, fit = "contain", z }): ShownPicture[] => {
      const image = kind === "still" ? this.#stills.imageOf(camera) : null;
      return image ? [{ picture: image, size: [image.naturalWidth, image.naturalHeight], place: { rect, fit, z: z - 1 } }] : [];
    });
    return [...videos, ...stills];
  }

  /** Pictures since it was last asked: decoded, and dropped unseen. */
  takeCounts(): { frames: number; dropped: number } {
    const sum = { frames: 0, dropped: 0 };
    for (const slot of this.#slots) {
      const { frames, dropped } = slot.takeCounts();
      sum.frames += frames;
      sum.dropped += dropped;
    }
    return sum;
  }

  /** What was drawn in each cell since it was last asked. */
  takeDrawn(): CellFrames[] {
    return this.#drawn.take(performance.now());
  }

  /** What is to be seen at this instant. */
  look(): Scene {
    return compose({
      plan: this.plan,
      generation: this.#generation,
      slots: this.#slots,
      states: this.states,
      nameOf: (camera) => this.#names.get(camera) ?? camera,
      stillOf: (camera) => this.#stills.newestOf(camera),
      inTouch: this.inTouch,
      askedAt: (cell) => this.#asked.get(askKey(cell)) ?? 0,
      now: performance.now(),
      wallNow: this.#serverNow(),
    });
  }

  /** A rectangle of the display in CSS pixels of the page. */
  onPage(rect: Rect): Rect {
    const { left, top, width, height } = this.element.getBoundingClientRect();
    return { x: left + rect.x * width, y: top + rect.y * height, w: rect.w * width, h: rect.h * height };
  }

  /** Renders before the next paint; callbacks for video pictures run just before it, so names change with them. */
  requestRender(): void {
    this.#rendering ||= requestAnimationFrame(() => this.render());
  }

  render(): void {
    cancelAnimationFrame(this.#rendering);
    this.#rendering = 0;
    this.scene = this.look();
    this.#renderVideos();
    this.#stills.draw(this.scene.cells, performance.now());
    this.#renderCells(this.scene.cells);
    this.#drawn.look(this.scene.cells, performance.now());
    this.onScene();
  }

  /** Shows nothing, as before its first plan. */
  empty(): void {
    for (const slot of this.#slots) slot.dispose();
    this.#slots = [];
    this.#stills.clear();
    this.panels.clear();
    this.#asked.clear();
    this.states.clear();
    this.#sign.hidden = true;
    this.plan = null;
    this.render();
  }

  /** Lets everything go. */
  clear(): void {
    this.empty();
    this.element.remove();
  }

  /** Unix ms. */
  #serverNow(): number {
    return this.clock.at(performance.now(), Date.now());
  }

  #onPicture(changed: boolean): void {
    this.lastPictureAt = performance.now();
    if (changed) this.requestRender();
  }

  #renderVideos(): void {
    for (const slot of this.#slots) {
      const place = this.scene.videos.get(slot) ?? null;
      if (place) {
        placeVideo(slot.video, place);
      } else if (slot.place) {
        slot.picture.forget();
      }
      slot.video.classList.toggle("shown", place !== null);
      slot.place = place;
    }
    this.#slots = this.#slots.filter(
      (slot) => slot.generation === this.#generation || slot.place || this.#discard(slot),
    );
  }

  #renderCells(cells: readonly CellView[]): void {
    const gone = new Set(this.#overlays.keys());
    for (const view of cells) {
      gone.delete(view.key);
      let overlay = this.#overlays.get(view.key);
      if (!overlay) {
        overlay = new CellOverlay(this.language);
        this.#overlays.set(view.key, overlay);
        this.element.append(overlay.element);
      }
      overlay.draw(view, this.states.get(view.camera), this.#serverNow());
    }
    for (const key of gone) {
      this.#overlays.get(key)?.element.remove();
      this.#overlays.delete(key);
    }
  }

  /** Lets a slot of an earlier peer connection go. Returns false: it is kept no more. */
  #discard(slot: VideoSlot): boolean {
    slot.dispose();
    return false;
  }
}

