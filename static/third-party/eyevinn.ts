/** Plays what the test asks for: `window.play(address, token)`, `window.leave()`. */
import { WebRTCPlayer } from "@eyevinn/webrtc-player";

const video = document.querySelector("video");
if (!video) throw new Error("The page has no video.");

// As it is set up by its documentation, but for STUN: nothing outside this machine is asked.
const player = new WebRTCPlayer({ video, type: "whep", iceServers: [], statsTypeFilter: "^inbound-rtp" });

Object.assign(window, {
  play: (address: string, token: string) => player.load(new URL(address), `Bearer ${token}`),
  leave: () => player.unload(),
});
