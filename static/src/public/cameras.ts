import { signal } from "@preact/signals";
import { Backoff, delay } from "../shared/backoff";

/** A published camera, as the server tells it. */
export interface Camera {
  readonly id: string;
  readonly name: string;
  readonly group: string;
  readonly position: readonly [number, number] | null;
  readonly state: "available" | "away" | "cut_off";
  /** What is to be read in place of a picture that is cut off, and until when that is so (Unix ms). */
  readonly text: string | null;
  readonly until_ms: number | null;
  /** Whoever watches it sees no picture of it now, or an old one. */
  readonly dark: boolean;
}

/** Null until the server has told it. */
export const cameras = signal<readonly Camera[] | null>(null);
/** Whether the server was heard lately: what is shown may be old otherwise. */
export const heard = signal(true);
/** How late all pictures are, on purpose. */
export const delayS = signal(0);

/** A proxy may keep an answer for a second: what is cut off is blank within two. */
const POLL_MS = 1_000;
/** The server says something at once, and then every 15 s; a proxy that keeps it back says nothing ever. */
const FIRST_MS = 3_000;
const SILENT_MS = 40_000;

/** Only those that hold all of the words, wherever. */
export function matching(all: readonly Camera[], asked: string): readonly Camera[] {
  const words = asked.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  return all.filter((camera) => {
    const said = `${camera.name} ${camera.group}`.toLocaleLowerCase();
    return words.every((word) => said.includes(word));
  });
}

/** Follows what is published for as long as the page is there: told at once, or asked every second where that fails. */
export async function follow(shown: string | null, signal_: AbortSignal): Promise<void> {
  const backoff = new Backoff(2_000, 60_000);
  while (!signal_.aborted) {
    const stillListening = await listen(shown, signal_, () => backoff.reset());
    if (!stillListening) await poll(backoff.next(), signal_);
  }
}

/** Resolves once it is told nothing more. */
async function listen(shown: string | null, signal_: AbortSignal, told: () => void): Promise<boolean> {
  const source = new EventSource(`/public/events${shown === null ? "" : `?camera=${shown}`}`);
  return new Promise((resolve) => {
    let timer = setTimeout(end, FIRST_MS);
    function end(): void {
      clearTimeout(timer);
      source.close();
      signal_.removeEventListener("abort", end);
      resolve(signal_.aborted);
    }
    function alive(): void {
      clearTimeout(timer);
      timer = setTimeout(end, SILENT_MS);
    }
    signal_.addEventListener("abort", end, { once: true });
    source.addEventListener("alive", alive);
    source.addEventListener("error", end);
    source.addEventListener("cameras", (event: MessageEvent<string>) => {
      alive();
      take(JSON.parse(event.data));
      told();
    });
  });
}

/** Asks again and again for so long. */
async function poll(forMs: number, signal_: AbortSignal): Promise<void> {
  const until = performance.now() + forMs;
  do {
    try {
      const answer = await fetch("/public/api/cameras", { signal: AbortSignal.any([signal_, AbortSignal.timeout(5_000)]) });
      if (answer.ok) take(await answer.json());
      else heard.value = false;
    } catch {
      heard.value = false;
    }
    await delay(POLL_MS, signal_).catch(() => undefined);
  } while (performance.now() < until && !signal_.aborted);
}

function take(said: unknown): void {
  if (typeof said !== "object" || said === null || !("cameras" in said) || !Array.isArray(said.cameras)) return;
  heard.value = true;
  cameras.value = said.cameras as Camera[];
  delayS.value = "delay_s" in said && typeof said.delay_s === "number" ? said.delay_s : 0;
}
