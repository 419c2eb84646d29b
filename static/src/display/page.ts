/** A paired display: keeps the control socket and one peer connection alive, and the stage between them. */
import { Backoff, delay } from "../shared/backoff";
import type { Language, Said } from "../shared/language";
import { isWell } from "../shared/states";
import { exposeFacts } from "./diagnostics";
import { keepScreen, MOST_HELD_MS } from "./held";
import { showNumber } from "./identify";
import type { Machine } from "./machine";
import { type MediaAccess, MediaLink } from "./media";
import { showNotice } from "./pairing";
import { askKey, type Plan, type ServerMessage } from "./plan";
import { ControlSocket } from "./socket";
import { Stage } from "./stage";
import { ASTRAY_MS, AstrayCells, Looks, mediaVerdict, shouldReload } from "./watchdog";
import { WORDS } from "./words";

const TICK_MS = 100;
const REPORT_MS = 10_000;
/** An undo puts a display back soon; whoever took it off its wall for good wants its screen for something else. */
const MOST_REMOVED_MS = 10 * 60_000;
const PATIENCE_CAP_MS = 5 * 60_000;
/** A server that is asked for the page, and says nothing, must not keep the connections that offers need. */
const PAGE_MS = 5000;
const RELOADED_AT = "wallserver.reloaded";

export class WallPage {
  readonly #gone = new AbortController();
  readonly #stage: Stage;
  readonly #socket: ControlSocket;
  readonly #notice = document.createElement("div");
  readonly #backoff = new Backoff(250, 10_000);
  readonly #acknowledged = new Set<string>();
  #link: MediaLink | null = null;
  #connections = 0;
  #startedAt = performance.now();
  readonly #astray = new AstrayCells();
  readonly #looks = new Looks();
  /** Pictures wait for it, as a plan says how many slots there are; null where this display is not known any more. */
  #firstPlan: Promise<Plan | null>;
  #planned: (plan: Plan | null) => void = () => undefined;
  #removedAt: number | null = null;
  #patienceMs = ASTRAY_MS;
  #hopefulAt = performance.now();
  #refused = false;

  constructor(
    private readonly access: MediaAccess,
    private readonly language: Language,
    machine: Machine,
    /** What the page before left on the screen. */
    private readonly held: HTMLElement | null = null,
  ) {
    this.#stage = new Stage(language, access, () => this.#acknowledge());
    this.#socket = new ControlSocket(
      access.token,
      { onMessage: (message) => this.#receive(message), onRefused: () => this.#refuse() },
      () => this.#link?.session ?? null,
      machine,
      this.#gone.signal,
    );
    this.#firstPlan = this.#promisedPlan();
    this.#notice.className = "notice";
  }

  /**
   * Shows the wall. Resolves when the server no longer knows this display; true: it may be another server's. Rejects
   * where it can show nothing any more.
   */
  async run(body: HTMLElement): Promise<boolean> {
    const { signal } = this.#gone;
    body.replaceChildren(this.#stage.element, this.#notice, ...(this.held ? [this.held] : []));
    setTimeout(() => this.held?.remove(), MOST_HELD_MS);
    exposeFacts(this.#stage, () => ({
      pcState: this.#link?.state ?? "none",
      connections: this.#connections,
      socketOpen: this.#socket.open,
    }));
    const timers = [setInterval(() => void this.#report(), REPORT_MS)];
    const broken = new Promise<never>((_, reject) => {
      timers.push(setInterval(() => this.#look(reject), TICK_MS));
    });
    // A page in the background decodes and draws nothing: that silence says nothing.
    document.addEventListener("visibilitychange", () => this.#restartPatience(), { signal });
    window.addEventListener("pagehide", () => this.#link?.close(), { signal });
    signal.addEventListener(
      "abort",
      () => {
        this.#planned(null);
        this.#link?.close();
      },
      { once: true },
    );
    this.#showNotice();
    await Promise.race([broken, Promise.all([this.#socket.run(), this.#keepMedia()])]);
    for (const timer of timers) clearInterval(timer);
    this.#stage.clear();
    return this.#refused;
  }

  #refuse(): void {
    this.#refused = true;
    this.#gone.abort();
  }

  #promisedPlan(): Promise<Plan | null> {
    return new Promise((resolve) => {
      this.#planned = resolve;
    });
  }

  #receive(message: ServerMessage): void {
    if (message.t === "plan") {
      this.#removedAt = null;
      this.#acknowledged.clear();
      this.#stage.inTouch = this.#socket.inTouch;
      this.#stage.setPlan(message);
      this.#planned(message);
      this.#showNotice();
    } else if (message.t === "states") {
      this.#stage.setStates(message.cameras);
    } else if (message.t === "lost") {
      if (this.#link?.session === message.session) this.#link.giveUp("its gateway is gone");
    } else if (message.t === "server") {
      this.#stage.clock.hear(message.time_ms, performance.now());
    } else if (message.t === "lists") {
      this.#stage.panels.setLists(message.cells);
    } else if (message.t === "identify") {
      showNumber(message.number, this.#stage.plan?.display.name ?? "", message.ms);
    } else if (message.t === "reload") {
      void this.#beginAnew();
    } else if (message.t === "removed") {
      this.#leaveWall();
    } else if (message.t === "gone") {
      this.#gone.abort();
    }
  }

  /** Nothing of the wall stays on the screen; it may come back, by an undo. */
  #leaveWall(): void {
    this.#removedAt ??= performance.now();
    if (performance.now() - this.#removedAt > MOST_REMOVED_MS) this.#gone.abort();
    if (this.#stage.plan) this.#firstPlan = this.#promisedPlan();
    this.#stage.empty();
    this.held?.remove();
    this.#link?.giveUp("this display is on no wall");
    this.#link?.close();
    this.#link = null;
    this.#showNotice();
  }

  /** Tells the server which cells of the plan are as they shall be, each once. */
  #acknowledge(): void {
    const { plan, scene } = this.#stage;
    if (plan?.cells.every((cell) => !cell.via || scene.drawn.includes(cell.id))) this.held?.remove();
    const fresh = scene.drawn.filter((id) => !this.#acknowledged.has(id));
    if (!plan || fresh.length === 0) return;
    if (!this.#socket.send({ t: "drawn", plan: plan.plan, cells: fresh })) return;
    for (const id of fresh) this.#acknowledged.add(id);
  }

  /** One peer connection after the other, for ever. */
  async #keepMedia(): Promise<void> {
    const { signal } = this.#gone;
    while (!signal.aborted) {
      this.#connections += 1;
      this.#startedAt = performance.now();
      const reason = await this.#showPictures().catch((error: unknown) => {
        void this.#reloadIfHopeless(); // a connection that cannot even be made is judged by nobody
        return String(error);
      });
      this.#link?.close();
      this.#link = null;
      if (signal.aborted) return;
      console.warn(`The pictures' connection ended: ${reason}.`);
      await delay(this.#backoff.next(), signal).catch(() => undefined);
    }
  }

  /** Until the connection ends; answers why. Throws where a browser short of everything cannot even make one. */
  async #showPictures(): Promise<string> {
    const plan = this.#stage.plan ?? (await this.#firstPlan);
    if (!plan) return "this display is not known any more";
    this.#startedAt = performance.now(); // of a display that was on no wall, the plan may have been long in coming
    const link = new MediaLink(this.access, this.#stage.newSlots(plan.slots.length), () => this.#stage.requestRender());
    this.#link = link;
    await link.start();
    return link.lost;
  }

  #look(onBroken: (error: unknown) => void): void {
    try {
      this.#looks.take(() => this.#tick(), performance.now());
    } catch (error) {
      onBroken(error);
    }
  }

  #tick(): void {
    this.#stage.inTouch = this.#socket.inTouch;
    this.#stage.tick();
    const now = performance.now();
    const { lastPictureAt, scene, plan } = this.#stage;
    if (lastPictureAt !== null && lastPictureAt > this.#startedAt) {
      this.#backoff.reset();
      this.#hopefulAt = now;
    }
    const astraySince = this.#astray.look(scene.astray.map(askKey), now);
    if (astraySince === null) this.#patienceMs = ASTRAY_MS;
    if (document.hidden || !plan || !this.#link) return;
    this.#judge(now, lastPictureAt, astraySince, plan, this.#link);
  }

  #judge(now: number, lastPictureAt: number | null, astraySince: number | null, plan: Plan, link: MediaLink): void {
    const verdict = mediaVerdict({
      now,
      startedAt: this.#startedAt,
      lastPictureAt,
      slots: link.slots.length,
      slotsPlanned: plan.slots.length,
      inTouch: this.#socket.inTouch,
      expecting: this.#expects(plan),
      astraySince,
      patienceMs: this.#patienceMs,
    });
    if (verdict === null) return;
    if (astraySince !== null) this.#patienceMs = Math.min(PATIENCE_CAP_MS, this.#patienceMs * 2);
    link.giveUp(verdict);
    link.close();
    this.#link = null; // judged once: the next one has its own time
    void this.#reloadIfHopeless();
  }

  /** Is a picture to be expected? A mosaic always comes, a camera's only if the camera is well or nothing is known. */
  #expects(plan: Plan): boolean {
    return plan.cells.some(({ camera, via }) => {
      if (camera === null || !via || via.kind === "still") return false;
      const state = this.#stage.states.get(camera)?.state;
      return via.kind === "mosaic" || state === undefined || isWell(state);
    });
  }

  #restartPatience(): void {
    this.#startedAt = Math.max(this.#startedAt, performance.now());
    this.#astray.forget();
  }

  /** The last resort; not without a server that would give the page again. */
  async #reloadIfHopeless(): Promise<void> {
    const reloadedMs = Date.now() - Number(localStorage.getItem(RELOADED_AT) ?? 0);
    if (!shouldReload(performance.now() - this.#hopefulAt, this.#backoff.failures, reloadedMs)) return;
    if (!(await pageIsThere())) return;
    localStorage.setItem(RELOADED_AT, String(Date.now()));
    location.reload();
  }

  /** The nightly reload: behind a drawing of what is on the screen. */
  async #beginAnew(): Promise<void> {
    if (!(await pageIsThere())) return;
    const { scene, shownPictures, element } = this.#stage;
    const size = [element.clientWidth * devicePixelRatio, element.clientHeight * devicePixelRatio] as const;
    const now = this.#stage.clock.at(performance.now(), Date.now());
    if (keepScreen(shownPictures, scene, size, now)) location.reload();
  }

  async #report(): Promise<void> {
    const decoders = await this.#link?.takeFigures().catch(() => null);
    const counts = this.#stage.takeCounts();
    // A page in the background draws nothing, and drops all that it decodes: that says nothing of its machine.
    const seen = document.hidden ? { frames: 0, dropped: 0 } : counts;
    const late = document.hidden ? 0 : (decoders?.dropped ?? 0);
    const memory = (performance as { memory?: { usedJSHeapSize: number } }).memory;
    const sentMs = this.#stage.clock.told(performance.now());
    const heap = memory ? Math.round(memory.usedJSHeapSize / 1e5) / 10 : null;
    this.#socket.send({
      t: "report",
      frames: seen.frames + late,
      dropped: seen.dropped + late,
      heap_mb: heap,
      decoded: decoders?.decoded ?? null,
      decode_ms: decoders?.decodeMs ?? null,
      plan: this.#stage.plan?.plan ?? 0,
      cells: this.#stage.takeDrawn(),
      sent_ms: sentMs === null ? null : Math.round(sentMs),
    });
  }

  #showNotice(): void {
    const { plan } = this.#stage;
    const empty = plan?.cells.every((cell) => cell.camera === null && !cell.panel) ?? true;
    this.#notice.hidden = !empty;
    const missing = this.#removedAt === null ? [WORDS.noPlan, WORDS.comesBack] : [WORDS.removedTitle, WORDS.removedHow];
    const [text, next] = (plan ? [WORDS.emptyTitle, WORDS.emptyHow] : missing) as [Said, Said];
    if (empty) showNotice(this.#notice, text[this.language], next[this.language]);
  }
}

/** Would the server give the page again? */
export async function pageIsThere(): Promise<boolean> {
  const asked = { cache: "no-store", signal: AbortSignal.timeout(PAGE_MS) } as const;
  const there = await fetch(location.pathname, asked).catch(() => null);
  return there?.ok ?? false;
}
