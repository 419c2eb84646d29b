/** One stream by WHEP (draft-ietf-wish-whep-03), in a `<video>` of its own. */
import { heldFor } from "../display/rtp";
import { playable } from "./h264";
import { HttpError } from "./http";
import { Liveness } from "./liveness";

/** How long the server may take to answer an offer, and the first picture to come. */
const ANSWER_MS = 10_000;
const FIRST_PICTURE_MS = 12_000;
const SDP = "application/sdp";

export class Player {
  readonly video = document.createElement("video");
  readonly running = new Liveness();
  /** Resolves with the first picture; false: there will be none. */
  readonly shows: Promise<boolean>;
  /** Resolves once it is of no more use. */
  readonly lost: Promise<void>;
  /** `performance.now()` of its first picture. */
  firstAt: number | null = null;
  /** What the server answered instead of a stream; null: nothing of the kind. */
  refusal: HttpError | null = null;
  readonly #pc = new RTCPeerConnection({ iceServers: [], bundlePolicy: "max-bundle" });
  readonly #ended = new AbortController();
  #address: string | null = null;
  #shown: (shows: boolean) => void = () => undefined;
  #lose: () => void = () => undefined;

  constructor(readonly stream: string) {
    this.shows = new Promise((resolve) => {
      this.#shown = resolve;
    });
    this.lost = new Promise((resolve) => {
      this.#lose = resolve;
    });
    this.video.muted = true;
    this.video.autoplay = true;
    this.video.playsInline = true;
    this.video.disablePictureInPicture = true;
    const { receiver } = this.#transceiver();
    this.video.srcObject = new MediaStream([receiver.track]);
    this.video.play().catch(() => undefined);
    this.#next();
    this.#pc.addEventListener(
      "connectionstatechange",
      () => {
        if (this.#pc.connectionState === "failed" || this.#pc.connectionState === "closed") this.close();
      },
      { signal: this.#ended.signal },
    );
    setTimeout(() => this.firstAt === null && this.close(), FIRST_PICTURE_MS);
  }

  /** Offers to the server and takes its answer. */
  async start(): Promise<void> {
    try {
      await this.#pc.setLocalDescription();
      // Sent without waiting for candidates: the gateway learns this side's address from its checks.
      const response = await fetch(`/whep/${encodeURIComponent(this.stream)}`, {
        method: "POST",
        headers: { "Content-Type": SDP, "X-Wallserver": "1" },
        body: this.#pc.localDescription?.sdp ?? "",
        signal: AbortSignal.any([this.#ended.signal, AbortSignal.timeout(ANSWER_MS)]),
      });
      if (!response.ok) {
        this.refusal = await refusedBy(response);
        this.close();
        return;
      }
      this.#address = response.headers.get("location");
      const sdp = await response.text();
      if (this.#ended.signal.aborted) await this.#leave();
      else await this.#pc.setRemoteDescription({ type: "answer", sdp });
    } catch {
      this.close();
    }
  }

  /** Ends it. The last picture stays in its element. */
  close(): void {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort();
    this.video.pause();
    // Told first: a connection that closes by itself ends the session, which then is no more to be found.
    void this.#leave().finally(() => this.#pc.close());
    this.#shown(false);
    this.#lose();
  }

  #transceiver(): RTCRtpTransceiver {
    const transceiver = this.#pc.addTransceiver("video", { direction: "recvonly" });
    transceiver.setCodecPreferences(playable(RTCRtpReceiver.getCapabilities("video")?.codecs ?? []));
    return transceiver;
  }

  #next(): void {
    this.video.requestVideoFrameCallback((_, { receiveTime }) => {
      if (this.#ended.signal.aborted) return;
      this.#next();
      const now = performance.now();
      this.running.picture(now, heldFor(receiveTime, now));
      this.firstAt ??= now;
      this.#shown(true);
    });
  }

  /** Tells the server, so that it need not wait for the silence. */
  async #leave(): Promise<void> {
    const address = this.#address;
    this.#address = null;
    if (address === null) return;
    await fetch(address, { method: "DELETE", headers: { "X-Wallserver": "1" }, keepalive: true }).catch(() => undefined);
  }
}

/** Problem details (RFC 9457), as other refusals are told. */
async function refusedBy(response: Response): Promise<HttpError> {
  const said = (await response.json().catch(() => null)) as { detail?: unknown } | null;
  return new HttpError(response.status, `${response.status}`, { error: said?.detail });
}
