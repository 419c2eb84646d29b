import type { Said } from "../shared/language";

/** How a picture comes: the first that there is room for. */
export type Way = "webrtc" | "hls" | "still";
export const WAYS: readonly Way[] = ["webrtc", "hls", "still"];
/** A picture that is older is not live. */
const OLD_MS = 2_000;

/** This way does not work now; `said`: the server's own words, `next`: what it offers instead. */
export class WayEnded extends Error {
  constructor(
    message: string,
    readonly said: Said | null = null,
    readonly next: Way | null = null,
  ) {
    super(message);
  }
}

/**
 * Where a picture is drawn. `playing` is called when there is one; the first takes `delayMs` longer where nobody watched
 * before. `moves` is told when new ones stop, and when they come again.
 */
export interface Stage {
  readonly delayMs: number;
  readonly video: HTMLVideoElement;
  readonly image: HTMLImageElement;
  readonly playing: (way: Way) => void;
  readonly moves: (isSo: boolean) => void;
}

/** Shows a camera until that fails or the signal says so; always throws, a WayEnded or the signal's reason. */
export type Player = (camera: string, stage: Stage, signal: AbortSignal) => Promise<never>;

/** Which ways are to be tried after this one ended, in their order. */
export function waysAfter(way: Way, ended: unknown): readonly Way[] {
  const next = ended instanceof WayEnded ? ended.next : null;
  const from = next !== null && WAYS.indexOf(next) > WAYS.indexOf(way) ? WAYS.indexOf(next) : WAYS.indexOf(way) + 1;
  return WAYS.slice(from);
}

/** What the server said when it refused. */
export async function refusal(answer: Response): Promise<WayEnded> {
  const said: unknown = await answer.json().catch(() => null);
  if (typeof said !== "object" || said === null) return new WayEnded(`${answer.status}`);
  const { detail, detail_id, next } = said as Record<string, unknown>;
  const words = typeof detail === "string" && typeof detail_id === "string" ? { id: detail_id, en: detail } : null;
  return new WayEnded(`${answer.status}`, words, WAYS.find((way) => way === next) ?? null);
}

/** Resolves with the first picture that a video shows; rejects after `ms`, or with the signal's reason. */
export function firstPicture(video: HTMLVideoElement, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => end(new WayEnded("no picture came")), ms);
    const handle = video.requestVideoFrameCallback(() => end(null));
    const abort = (): void => end(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    function end(reason: unknown): void {
      clearTimeout(timer);
      video.cancelVideoFrameCallback(handle);
      signal.removeEventListener("abort", abort);
      if (reason === null) resolve();
      else reject(reason);
    }
  });
}

/**
 * Rejects once a video has shown no new picture for `ms`, or with the signal's reason. `moves` is told when it has shown
 * none for OLD_MS, and when it shows one.
 */
export async function untilStuck(video: HTMLVideoElement, ms: number, moves: Stage["moves"], signal: AbortSignal): Promise<never> {
  for (;;) {
    const old = setTimeout(() => moves(false), OLD_MS);
    try {
      await firstPicture(video, ms, signal);
      moves(true);
    } catch (error) {
      if (signal.aborted || !document.hidden) throw error;
    } finally {
      clearTimeout(old);
    }
  }
}
