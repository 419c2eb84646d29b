/** The players behind the preview: one whose pictures are on the screen, and at most one that is to follow it. */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Backoff, delay } from "./backoff";
import type { HttpError } from "./http";
import { Player } from "./player";
import { untilVisible } from "./visible";

/** Who goes through a list with the arrow keys does not want each camera's video. */
const PAUSE_MS = 80;
/** Without a picture for so long, although its camera is well, a connection is of no use. */
const SILENT_MS = 8000;
/** Of answers: whoever is signed in may not see it, or not any more. */
const NOT_THEIRS = [401, 403];

export interface Playing {
  /** The one on the screen. */
  readonly shown: Signal<Player | null>;
  /** Why the server refused the one that was to follow; null: it did not. */
  readonly refusal: Signal<HttpError | null>;
}

/**
 * Plays a stream for as long as the component is there and the page can be seen. The one before stays until the new one
 * has a picture.
 */
export function usePlayer(stream: string | null): { player: Player | null; refusal: HttpError | null } {
  const shown = useSignal<Player | null>(null);
  const refusal = useSignal<HttpError | null>(null);
  useEffect(() => {
    const ended = new AbortController();
    refusal.value = null;
    if (stream === null) replace(shown, null);
    else void keepPlaying(stream, { shown, refusal }, ended.signal).catch(() => undefined);
    return () => ended.abort(new DOMException("another stream", "AbortError"));
  }, [stream]);
  useEffect(() => () => replace(shown, null), []);
  return { player: shown.value, refusal: refusal.value };
}

/** Until the signal says so, with whose reason it rejects; what is on the screen then stays there. */
export async function keepPlaying(stream: string, { shown, refusal }: Playing, signal: AbortSignal): Promise<void> {
  const backoff = new Backoff(500, 8000);
  await delay(PAUSE_MS, signal);
  for (;;) {
    await untilVisible(signal);
    const player = new Player(stream);
    const over = new AbortController();
    const stop = (): void => {
      if (shown.value !== player) player.close();
    };
    // Nobody would be told that its pictures come: it would be given up as silent, again and again.
    const hide = (): void => {
      if (shown.value === player) replace(shown, null);
      else player.close();
    };
    signal.addEventListener("abort", stop, { signal: over.signal });
    document.addEventListener("visibilitychange", () => document.hidden && hide(), { signal: over.signal });
    void player.start();
    const shows = await player.shows;
    if (!signal.aborted) {
      if (shows) {
        replace(shown, player);
        backoff.reset();
      }
      refusal.value = player.refusal;
      if (NOT_THEIRS.includes(player.refusal?.status ?? 0)) replace(shown, null);
    }
    await player.lost;
    over.abort();
    await delay(backoff.next(), signal);
  }
}

function replace(shown: Signal<Player | null>, next: Player | null): void {
  const before = shown.value;
  shown.value = next;
  before?.close();
}

/** Gives up a connection that went silent, so that a new one is made. */
export function watch(player: Player, cameraIsWell: boolean): void {
  if (cameraIsWell && (player.running.ageMs(performance.now()) ?? 0) > SILENT_MS) player.close();
}
