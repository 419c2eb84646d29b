/** One peer connection of this display: a fixed pool of slots and the data channel `cells`. */
import { playable } from "../shared/h264";
import { deliver, type VideoSlot } from "./slots";

/** How long the server may take to answer an offer. */
const ANSWER_MS = 10_000;

export interface MediaAccess {
  readonly display: string;
  readonly token: string;
}

export interface DecoderFigures {
  readonly decoded: number;
  readonly dropped: number;
  readonly decodeMs: number | null;
}

export class MediaLink {
  /** Resolves with the reason in words once this connection is of no more use. */
  readonly lost: Promise<string>;
  readonly #pc = new RTCPeerConnection({ iceServers: [], bundlePolicy: "max-bundle" });
  readonly #ended = new AbortController();
  #session: string | null = null;
  #counted = { decoded: 0, seconds: 0 };
  readonly #dropped = new Map<string, number>();
  #lose: (reason: string) => void = () => undefined;

  /** @param onChange called when the data channel changed what is to be seen. */
  constructor(
    private readonly access: MediaAccess,
    readonly slots: readonly VideoSlot[],
    onChange: () => void,
  ) {
    this.lost = new Promise((resolve) => {
      this.#lose = resolve;
    });
    const { signal } = this.#ended;
    const codecs = playable(RTCRtpReceiver.getCapabilities("video")?.codecs ?? []);
    for (const _ of slots) {
      this.#pc.addTransceiver("video", { direction: "recvonly" }).setCodecPreferences(codecs);
    }
    const cells = this.#pc.createDataChannel("cells", { ordered: true });
    cells.binaryType = "arraybuffer";
    cells.addEventListener("message", ({ data }) => deliver(data, slots) && onChange(), { signal });
    cells.addEventListener("close", () => this.#lose("the gateway closed the connection"), { signal });
    this.#pc.addEventListener(
      "connectionstatechange",
      () => {
        const state = this.#pc.connectionState;
        if (state === "failed" || state === "closed") this.#lose(`the connection is ${state}`);
      },
      { signal },
    );
  }

  /** The session's name at the server; null before the answer. */
  get session(): string | null {
    return this.#session;
  }

  get state(): RTCPeerConnectionState {
    return this.#pc.connectionState;
  }

  /**
   * What its decoders did since it was last asked: pictures, ms for one of them, and those given up before, as far as
   * that says something of the machine (ask before the slots' counts are taken).
   */
  async takeFigures(): Promise<DecoderFigures> {
    const slots = new Map(this.#pc.getTransceivers().map(({ mid }, index) => [mid, this.slots[index]]));
    const sum = { decoded: 0, seconds: 0 };
    let dropped = 0;
    for (const report of (await this.#pc.getStats()).values()) {
      if (report.type !== "inbound-rtp" || report.kind !== "video") continue;
      sum.decoded += report.framesDecoded ?? 0;
      const total = report.framesDropped ?? 0;
      if (slots.get(report.mid)?.steady) dropped += Math.max(0, total - (this.#dropped.get(report.mid) ?? 0));
      this.#dropped.set(report.mid, total);
      sum.seconds += report.totalDecodeTime ?? 0;
    }
    const before = this.#counted;
    this.#counted = sum;
    const decoded = Math.max(0, sum.decoded - before.decoded);
    return {
      decoded,
      dropped,
      decodeMs: decoded ? Math.round(((sum.seconds - before.seconds) * 10_000) / decoded) / 10 : null,
    };
  }

  /** Offers to the server and takes its answer. Rejects where it does not answer, or refuses; not where it cannot. */
  async start(): Promise<void> {
    const { signal } = this.#ended;
    await this.#pc.setLocalDescription();
    // Sent without waiting for candidates: the gateway learns this side's address from its checks.
    const answered = fetch(this.#path(), {
      method: "POST",
      headers: { ...this.#bearer(), "Content-Type": "application/json" },
      body: JSON.stringify({ sdp: this.#pc.localDescription?.sdp, slots_offered: this.slots.length }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
    });
    // While the server thinks: a player for each slot takes a browser a millisecond or two.
    for (const [index, { receiver }] of this.#pc.getTransceivers().entries()) this.slots[index]?.attach(receiver.track);
    const response = await answered;
    const refusal = `the server answered ${response.status} to the offer`;
    if (response.status >= 500) {
      this.#lose(refusal); // it is not this page that is to blame
      return;
    }
    if (!response.ok) throw new Error(refusal);
    const answer = (await response.json()) as { session: string; sdp: string };
    this.#session = answer.session;
    if (signal.aborted) {
      this.#leave();
      return;
    }
    await this.#pc.setRemoteDescription({ type: "answer", sdp: answer.sdp });
  }

  /** Declares it lost. */
  giveUp(reason: string): void {
    this.#lose(reason);
  }

  /** Ends it. The last pictures stay in their video elements. */
  close(): void {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort(new DOMException("closed", "AbortError"));
    this.#leave();
    for (const slot of this.slots) slot.freeze();
    this.#pc.close();
    this.#lose("closed");
  }

  #path(): string {
    return `/api/displays/${encodeURIComponent(this.access.display)}/session`;
  }

  #bearer(): Record<string, string> {
    return { Authorization: `Bearer ${this.access.token}` };
  }

  /** Tells the server, so that it need not wait for the silence. Nothing depends on it. */
  #leave(): void {
    if (this.#session === null) return;
    const path = `${this.#path()}/${encodeURIComponent(this.#session)}`;
    fetch(path, { method: "DELETE", headers: this.#bearer(), keepalive: true }).catch(() => undefined);
    this.#session = null;
  }
}
