import { delay } from "../shared/backoff";
import { firstPicture, refusal, type Stage, untilStuck, WayEnded } from "./ways";

const GATHER_MS = 1_000;
const FIRST_MS = 8_000;
const STUCK_MS = 6_000;

/** WebRTC by WHEP: recvonly, one video, no server to help with addresses. */
export async function byWebRtc(camera: string, stage: Stage, signal: AbortSignal): Promise<never> {
  if (!("RTCPeerConnection" in window)) throw new WayEnded("this browser has no WebRTC", null, "hls");
  const ended = new AbortController();
  const either = AbortSignal.any([signal, ended.signal]);
  const connection = new RTCPeerConnection();
  let session: string | null = null;
  try {
    connection.addTransceiver("video", { direction: "recvonly" });
    connection.addEventListener("track", ({ track }) => {
      stage.video.srcObject = new MediaStream([track]);
    });
    connection.addEventListener("connectionstatechange", () => {
      if (connection.connectionState === "failed" || connection.connectionState === "closed") {
        ended.abort(new WayEnded("the connection ended"));
      }
    });
    await connection.setLocalDescription();
    await gathered(connection, either);
    const answer = await fetch(`/public/whep/${camera}`, {
      method: "POST",
      headers: { "Content-Type": "application/sdp" },
      body: connection.localDescription?.sdp ?? "",
      signal: AbortSignal.any([either, AbortSignal.timeout(FIRST_MS)]),
    });
    if (!answer.ok) throw await refusal(answer);
    session = answer.headers.get("Location");
    await connection.setRemoteDescription({ type: "answer", sdp: await answer.text() });
    // Nothing to wait for: where no picture ever comes this does not end.
    void stage.video.play().catch(() => undefined);
    await firstPicture(stage.video, FIRST_MS + stage.delayMs, either);
    stage.playing("webrtc");
    return await untilStuck(stage.video, STUCK_MS, stage.moves, either);
  } finally {
    connection.close();
    stage.video.srcObject = null;
    if (session !== null) void fetch(session, { method: "DELETE", keepalive: true }).catch(() => undefined);
  }
}

async function gathered(connection: RTCPeerConnection, signal: AbortSignal): Promise<void> {
  const done = new Promise<void>((resolve) => {
    connection.addEventListener("icegatheringstatechange", () => {
      if (connection.iceGatheringState === "complete") resolve();
    });
    if (connection.iceGatheringState === "complete") resolve();
  });
  await Promise.race([done, delay(GATHER_MS, signal)]);
}
