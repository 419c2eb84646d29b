import { type CellTable, parseLayout, parseTable, type SlotLayout } from "./cells";
import { SlotPicture } from "./picture";
import { heldFor } from "./rtp";
import type { StagedSlot, VideoPlace } from "./scene";
import { type Counts, Tally } from "./tally";

/** One slot: its `<video>` and what is known of the pictures that it shows. */
export class VideoSlot implements StagedSlot {
  readonly video = document.createElement("video");
  readonly picture = new SlotPicture();
  place: VideoPlace | null = null;
  #callback = 0;
  #gone = false;
  readonly #tally = new Tally();

  /** @param onPicture called for each picture on the screen; `changed`: more than ages did. */
  constructor(
    readonly generation: number,
    readonly index: number,
    private readonly onPicture: (changed: boolean) => void,
  ) {
    this.video.muted = true;
    this.video.autoplay = true;
    this.video.playsInline = true;
    this.video.disablePictureInPicture = true;
    this.video.dataset.slot = String(index);
    this.#next();
  }

  /** Takes the track that the peer connection negotiated for this slot; it stays for good. */
  attach(track: MediaStreamTrack): void {
    this.video.srcObject = new MediaStream([track]);
    // Autoplay of muted video needs no gesture; a refusal shows as a slot without pictures, which the watchdog sees.
    this.video.play().catch(() => undefined);
  }

  /** Once every 100 ms: takes away what only time can take away. @param now monotonic ms */
  tick(now: number): void {
    this.picture.expire(now);
    this.#tally.look(this.place !== null, now, () => this.#total());
  }

  /** Pictures that were decoded for this slot since it was last asked, and those of them that were dropped unseen. */
  takeCounts(): Counts {
    return this.#tally.take(this.#total());
  }

  /** Whether all that its decoder has dropped since the counts were last taken says something of the machine. */
  get steady(): boolean {
    return this.#tally.steady;
  }

  /** Keeps the last picture on the screen: a track that ends would paint over it in black. */
  freeze(): void {
    this.video.pause();
  }

  dispose(): void {
    this.#gone = true;
    this.video.cancelVideoFrameCallback(this.#callback);
    this.video.srcObject = null;
    this.video.remove();
  }

  #total(): Counts {
    const { totalVideoFrames, droppedVideoFrames } = this.video.getVideoPlaybackQuality();
    return { frames: totalVideoFrames, dropped: droppedVideoFrames };
  }

  #next(): void {
    this.#callback = this.video.requestVideoFrameCallback((_, frame) => {
      if (this.#gone) return;
      this.#next();
      if (frame.rtpTimestamp !== undefined) {
        const now = performance.now();
        this.onPicture(this.picture.present(frame.rtpTimestamp, now, heldFor(frame.receiveTime, now)));
      }
    });
  }
}

/** Hands a message of the data channel to its slot. Returns whether what is to be seen changed. */
export function deliver(data: unknown, slots: readonly VideoSlot[]): boolean {
  const message: SlotLayout | CellTable | null =
    typeof data === "string" ? parseLayout(data) : data instanceof ArrayBuffer ? parseTable(data) : null;
  const picture = message && slots[message.slot]?.picture;
  if (!picture) return false;
  const now = performance.now();
  return "ts" in message ? picture.addTable(message, now) : picture.announce(message, now);
}
