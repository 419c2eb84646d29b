import { delay } from "../shared/backoff";
import { refusal, type Stage, WayEnded } from "./ways";

const EVERY_MS = 2_000;
/** Where the network is bad a still may be late; after so many in a row something else is wrong. */
const MOST_FAILURES = 3;

/** A still every two seconds: what is left where nothing else works. */
export async function byStills(camera: string, stage: Stage, signal: AbortSignal): Promise<never> {
  let shown: string | null = null;
  let failures = 0;
  try {
    for (;;) {
      try {
        const answer = await fetch(`/public/stills/${camera}.jpg`, {
          signal: AbortSignal.any([signal, AbortSignal.timeout(10_000 + stage.delayMs)]),
        });
        if (!answer.ok) throw await refusal(answer);
        const address = URL.createObjectURL(await answer.blob());
        stage.image.src = address;
        await stage.image.decode();
        if (shown !== null) URL.revokeObjectURL(shown);
        shown = address;
        signal.throwIfAborted(); // another way may play by now
        failures = 0;
        stage.playing("still");
      } catch (error) {
        failures += 1;
        if (signal.aborted) throw signal.reason;
        if (error instanceof WayEnded || failures >= MOST_FAILURES) throw error;
      }
      await delay(EVERY_MS, signal);
    }
  } finally {
    stage.image.removeAttribute("src");
    if (shown !== null) URL.revokeObjectURL(shown);
  }
}
