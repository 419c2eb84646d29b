/** A camera shown as well as it can be, for as long as somebody looks at it. */
import { Backoff, delay } from "../shared/backoff";
import type { Said } from "../shared/language";
import { untilVisible } from "../shared/visible";
import { type Player, type Stage, type Way, WAYS, WayEnded, waysAfter } from "./ways";

export type Players = Readonly<Record<Way, Player>>;

/** About so often what is better than stills is tried again, each page at times of its own. */
const CLIMB_MS = 240_000;

/** Tries every way in its order, again and again, until the signal says so. `ended` is told why one did. */
export async function show(
  players: Players,
  camera: string,
  stage: Stage,
  ended: (why: Said | null) => void,
  signal: AbortSignal,
): Promise<void> {
  const backoff = new Backoff(1_000, 20_000);
  const ways: Players = { ...players, still: stillsUntilBetter(players, ended) };
  let left: readonly Way[] = WAYS;
  for (;;) {
    // A page that was opened behind another is told of no picture, and would take each way for one that does not work.
    await untilVisible(signal).catch(() => undefined);
    if (signal.aborted) return;
    const way = left[0];
    if (way === undefined) {
      left = WAYS;
      await delay(backoff.next(), signal).catch(() => undefined);
      continue;
    }
    let played = false;
    const playing = (which: Way): void => {
      played = true;
      backoff.reset();
      stage.playing(which);
    };
    try {
      await ways[way](camera, { ...stage, playing }, signal);
    } catch (error) {
      if (signal.aborted) return;
      ended(whyOf(error));
      // What played and stopped is worth another try from the top; what never did is not, where it could be seen.
      if (played) left = WAYS;
      else if (!document.hidden) left = waysAfter(way, error);
      if (played) await delay(backoff.next(), signal).catch(() => undefined);
    }
  }
}

/** Stills, and behind them a better way from time to time: the first that plays goes on in their place. */
function stillsUntilBetter(players: Players, ended: (why: Said | null) => void): Player {
  return async (camera, stage, signal) => {
    const better = new AbortController();
    const over = new AbortController();
    const found = (way: Way, why: Said | null): void => {
      better.abort();
      ended(why);
      stage.playing(way);
    };
    const climbing = climb(players, camera, stage, found, AbortSignal.any([signal, over.signal]));
    climbing.catch(() => undefined);
    try {
      return await players.still(camera, stage, AbortSignal.any([signal, better.signal]));
    } catch (error) {
      if (better.signal.aborted) return await climbing;
      over.abort();
      throw error;
    }
  };
}

/** `found`: with what the server said of the way before it. Throws what ended the way that played. */
async function climb(
  players: Players,
  camera: string,
  stage: Stage,
  found: (way: Way, why: Said | null) => void,
  signal: AbortSignal,
): Promise<never> {
  for (;;) {
    await occasion(signal);
    let why: Said | null = null;
    for (let way: Way | undefined = WAYS[0]; way !== undefined && way !== "still"; ) {
      let played = false;
      const playing = (which: Way): void => {
        played = true;
        found(which, why);
      };
      try {
        await players[way](camera, { ...stage, playing }, signal);
      } catch (error) {
        if (played || signal.aborted) throw error;
        why = whyOf(error);
        way = waysAfter(way, error)[0];
      }
    }
  }
}

/** Some minutes, or until somebody comes back to the page; in any case it can be seen. */
async function occasion(signal: AbortSignal): Promise<void> {
  const turned = new AbortController();
  const over = AbortSignal.any([signal, turned.signal]);
  document.addEventListener("visibilitychange", () => turned.abort(), { signal: over });
  await delay(CLIMB_MS * (0.5 + Math.random()), over).catch(() => signal.throwIfAborted());
  turned.abort();
  await untilVisible(signal);
}

function whyOf(error: unknown): Said | null {
  return error instanceof WayEnded ? error.said : null;
}
