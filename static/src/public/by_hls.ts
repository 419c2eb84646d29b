import { firstPicture, refusal, type Stage, untilStuck, WayEnded } from "./ways";

const FIRST_MS = 15_000;
const STUCK_MS = 12_000;
const NATIVE = "application/vnd.apple.mpegurl";

/** HLS: by hls.js, or by the browser itself where that can (iOS). */
export async function byHls(camera: string, stage: Stage, signal: AbortSignal): Promise<never> {
  const address = `/public/hls/${camera}/index.m3u8`;
  const first = await fetch(address, { signal: AbortSignal.any([signal, AbortSignal.timeout(FIRST_MS + stage.delayMs)]) });
  if (!first.ok) throw await refusal(first);
  const ended = new AbortController();
  const either = AbortSignal.any([signal, ended.signal]);
  const { default: Hls } = await import("hls.js/light");
  const player = Hls.isSupported() ? new Hls({ enableWorker: false, lowLatencyMode: true }) : null;
  try {
    if (player !== null) {
      player.on(Hls.Events.ERROR, (_, data) => {
        if (data.fatal) ended.abort(new WayEnded(data.details));
      });
      player.loadSource(address);
      player.attachMedia(stage.video);
    } else if (stage.video.canPlayType(NATIVE) !== "") {
      stage.video.src = address;
    } else {
      throw new WayEnded("this browser plays no HLS", null, "still");
    }
    // Nothing to wait for: where no picture ever comes this does not end.
    void stage.video.play().catch(() => undefined);
    await firstPicture(stage.video, FIRST_MS + stage.delayMs, either);
    stage.playing("hls");
    return await untilStuck(stage.video, STUCK_MS, stage.moves, either);
  } finally {
    player?.destroy();
    stage.video.removeAttribute("src");
    stage.video.load();
  }
}
