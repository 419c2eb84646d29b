import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Said } from "../shared/language";
import { zonedMoment } from "../shared/time";
import { byHls } from "./by_hls";
import { byStills } from "./by_stills";
import { byWebRtc } from "./by_webrtc";
import { type Camera, delayS } from "./cameras";
import { type Players, show } from "./showing";
import type { Way } from "./ways";
import { delayed, language, say, sentenceOf, WORDS } from "./words";

const PLAYERS: Players = { webrtc: byWebRtc, hls: byHls, still: byStills };

/** One camera's picture, and how it comes. While it is not to be seen there is none, not even the last one. */
export function Player({ camera }: { readonly camera: Camera }) {
  const video = useRef<HTMLVideoElement>(null);
  const image = useRef<HTMLImageElement>(null);
  const way = useSignal<Way | null>(null);
  const why = useSignal<Said | null>(null);
  const began = useSignal(false);
  const moves = useSignal(true);
  const seen = camera.state === "available";

  useEffect(() => {
    if (!seen || video.current === null || image.current === null) return undefined;
    const over = new AbortController();
    const playing = (which: Way): void => {
      way.value = which;
      moves.value = true;
      began.value = true;
    };
    const ended = (said: Said | null): void => {
      way.value = null;
      why.value = said; // of the way before the one that is shown, and of no other
    };
    why.value = null;
    const stage = {
      video: video.current,
      image: image.current,
      playing,
      moves: (isSo: boolean) => (moves.value = isSo),
      delayMs: delayS.value * 1_000,
    };
    void show(PLAYERS, camera.id, stage, ended, over.signal);
    return () => {
      over.abort();
      way.value = null;
      began.value = false;
    };
  }, [camera.id, seen]);

  if (!seen) return <Closed camera={camera} />;
  const sentence = way.value && sentenceOf(way.value, { dark: camera.dark, delayS: delayS.value, moves: moves.value });
  return (
    <figure class="player">
      <div class="picture">
        <video ref={video} hidden={way.value === "still"} muted autoplay playsinline aria-label={camera.name} />
        <img ref={image} hidden={way.value !== "still"} alt={camera.name} />
        {way.value === null && (
          <p class="waiting">
            {say(began.value ? WORDS.again : WORDS.starting)}
            {delayS.value > 0 && <small>{say(delayed(delayS.value))}</small>}
          </p>
        )}
      </div>
      <figcaption>
        <span class="said" role="status">
          {sentence && <strong class={sentence.live ? "way live" : camera.dark ? "way dark" : "way"}>{say(sentence.said)}</strong>}
          {way.value === "still" && delayS.value > 0 && <span>{say(delayed(delayS.value))}</span>}
          {why.value !== null && way.value !== "webrtc" && <span>{say(why.value)}</span>}
        </span>
      </figcaption>
    </figure>
  );
}

function Closed({ camera }: { readonly camera: Camera }) {
  const until = camera.until_ms;
  return (
    <section class="closed" role="status">
      <h2>{say(camera.state === "cut_off" ? WORDS.cutOff : WORDS.away)}</h2>
      {camera.text !== null && <p>{camera.text}</p>}
      {until !== null && (
        <p class="quiet">
          {say(WORDS.until)} {zonedMoment(until, Date.now(), language.value)}
        </p>
      )}
    </section>
  );
}
