/** The players behind the preview: one whose pictures are on the screen, and at most one that is to follow it. */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Backoff, delay } from "./backoff";
import { Player } from "./player";

/** Who goes through a list with the arrow keys does not want each camera's video. */
const PAUSE_MS = 80;
/** Without a picture for so long, although its camera is well, a connection is of no use. */
const SILENT_MS = 8000;

/** Plays a stream for as long as the component is there. The one before stays until the new one has a picture. */
export function usePlayer(stream: string | null): Signal<Player | null> {
  const shown = useSignal<Player | null>(null);
  useEffect(() => {
    const ended = new AbortController();
    if (stream === null) replace(shown, null);
    else void keepPlaying(stream, shown, ended.signal).catch(() => undefined);
    return () => ended.abort(new DOMException("another stream", "AbortError"));
  }, [stream]);
  useEffect(() => () => replace(shown, null), []);
  return shown;
}

async function keepPlaying(stream: string, shown: Signal<Player | null>, signal: AbortSignal): Promise<void> {
  const backoff = new Backoff(500, 8000);
  await delay(PAUSE_MS, signal);
  for (;;) {
    const player = new Player(stream);
    const stop = (): void => {
      if (shown.value !== player) player.close();
    };
    signal.addEventListener("abort", stop, { once: true });
    void player.start();
    if (await player.shows) {
      if (signal.aborted) return;
      replace(shown, player);
      backoff.reset();
    }
    await player.lost;
    signal.removeEventListener("abort", stop);
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
