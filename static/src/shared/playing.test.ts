import { type Asked, asks, eventually, waitingFor } from "./in_a_browser";
import { signal } from "@preact/signals";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { HttpError } from "./http";
import type { Player } from "./player";
import { keepPlaying } from "./playing";
import { refusalOf } from "./refusals";

/** A browser's parts, of which a picture comes where the test says so. */
class Video {
  readonly #waiting: ((now: number, frame: object) => void)[] = [];
  requestVideoFrameCallback(shown: (now: number, frame: object) => void): void {
    this.#waiting.push(shown);
  }
  play = (): Promise<void> => Promise.resolve();
  pause(): void {}
  show(): void {
    for (const shown of this.#waiting.splice(0)) shown(0, {});
  }
}
class Connection extends EventTarget {
  readonly connectionState = "new";
  readonly localDescription = { sdp: '"offer"' };
  addTransceiver = () => ({ receiver: { track: {} }, setCodecPreferences: () => undefined });
  setLocalDescription = () => Promise.resolve();
  setRemoteDescription = () => Promise.resolve();
  close(): void {}
}
let newest = new Video();
const page = Object.assign(new EventTarget(), { hidden: false, createElement: () => (newest = new Video()) });
const OFFER = "POST /whep/cam.gate.sub";
const playing = { shown: signal<Player | null>(null), refusal: signal<HttpError | null>(null) };
let over = new AbortController();

beforeEach(() => {
  vi.stubGlobal("document", page);
  vi.stubGlobal("RTCPeerConnection", Connection);
  vi.stubGlobal("RTCRtpReceiver", { getCapabilities: () => null });
  vi.stubGlobal("MediaStream", class {});
  page.hidden = false;
  playing.shown.value = playing.refusal.value = null;
  over = new AbortController();
});

afterEach(() => over.abort());

function begin(): void {
  void keepPlaying("cam.gate.sub", playing, over.signal).catch(() => undefined);
}

function turn(hidden: boolean): void {
  page.hidden = hidden;
  page.dispatchEvent(new Event("visibilitychange"));
}

function refuse(offer: Asked, status: number, detail: string): void {
  offer.settle(Response.json({ type: "about:blank", title: "no", status, detail }, { status }));
}

/** It plays, and has shown a picture. */
async function play(): Promise<Player> {
  (await asks(OFFER)).settle(new Response("answer", { status: 201 }));
  newest.show();
  return eventually(() => {
    if (!playing.shown.value) throw new Error("nothing is shown");
    return playing.shown.value;
  });
}

it("keeps why the server gives no video, and takes away what somebody may see no longer", async () => {
  begin();
  const player = await play();
  player.close();
  refuse(await asks(OFFER), 429, "Too many offers come at once. Try again in 3 s.");
  await eventually(() => expect(playing.refusal.value?.status).toBe(429));
  expect(playing.refusal.value && refusalOf(playing.refusal.value)).toEqual({
    id: "Terlalu sering. Tunggu sebentar.",
    en: "Too many offers come at once. Try again in 3 s.",
  });
  expect(playing.shown.value).toBe(player); // its last picture, which is said to be old
  refuse(await asks(OFFER), 403, "You may not watch cam.gate.sub.");
  await eventually(() => expect(playing.shown.value).toBeNull());
  expect(playing.refusal.value?.status).toBe(403);
  await play();
  expect(playing.refusal.value).toBeNull();
});

it("plays nothing while the page is hidden, and begins anew when it is seen", async () => {
  page.hidden = true;
  begin();
  await new Promise((resolve) => setTimeout(resolve, 200)); // longer than who goes through a list is waited for
  expect(waitingFor(OFFER)).toBe(0);
  turn(false);
  await play();
  turn(true);
  expect(playing.shown.value).toBeNull();
  turn(false);
  await play();
});
