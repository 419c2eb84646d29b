/** What this display's machine bears, as far as its browser can tell: said to the server, which plans by it. */

/** What the server is told; `screen` in device pixels, null where none is plugged in yet. */
export interface Machine {
  readonly decoders: number;
  readonly mpixels_s: number;
  readonly screen: readonly [number, number] | null;
}

/** A decoder in hardware: 4K at 60 a second, and as many streams at a time as graphics drivers are known to bear. */
const HARDWARE = { decoders: 32, mpixels_s: 500 };

/**
 * In software, for each core: an estimate on the careful side, from what Chromium took for a few streams of 640×360 at
 * 15 pictures a second on one core (20 of them are 69 megapixels a second), with room left for drawing. No series of
 * measurements stands behind it. `./run bench plan` makes one: with 16 and 36 streams passed through to a Chromium that
 * has one core, `a_core_bears` is what it decoded for each core that it took, and this must be no more than that where
 * `dropped` is 0. A display that drops pictures all the same gets less by itself.
 */
const PER_CORE = { decoders: 20, mpixels_s: 70 };

/** More streams than this, and the page itself is what is busy. */
const MOST_DECODERS = 64;

/** Pure: what is borne with so many cores, or with a decoder in hardware. */
export function borne(cores: number, hardware: boolean): { decoders: number; mpixels_s: number } {
  const software = {
    decoders: Math.min(MOST_DECODERS, cores * PER_CORE.decoders),
    mpixels_s: cores * PER_CORE.mpixels_s,
  };
  if (!hardware) return software;
  return {
    decoders: Math.max(HARDWARE.decoders, software.decoders),
    mpixels_s: Math.max(HARDWARE.mpixels_s, software.mpixels_s),
  };
}

/** A browser whose graphics process hangs says nothing; no picture shall wait for that. */
const ANSWER_MS = 2000;

/** Asks the browser (W3C Media Capabilities). Never rejects: a browser that does not say is taken for software. */
export async function measureMachine(): Promise<Machine> {
  const ratio = window.devicePixelRatio || 1;
  const sides = [Math.round(window.screen.width * ratio), Math.round(window.screen.height * ratio)] as const;
  const screen = sides[0] > 0 && sides[1] > 0 ? sides : null; // one of no pixels would be refused, and the display with it
  return { ...borne(navigator.hardwareConcurrency || 2, await decodesInHardware()), screen };
}

async function decodesInHardware(): Promise<boolean> {
  const video = {
    contentType: "video/h264;level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
    width: 1920,
    height: 1080,
    bitrate: 4_000_000,
    framerate: 25,
  };
  try {
    const silence = new Promise<null>((resolve) => setTimeout(resolve, ANSWER_MS, null));
    const answer = await Promise.race([navigator.mediaCapabilities.decodingInfo({ type: "webrtc", video }), silence]);
    return answer !== null && answer.supported && answer.powerEfficient;
  } catch {
    return false;
  }
}
