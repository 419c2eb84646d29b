"""A WHEP player that is not libwebrtc: Debian's GStreamer webrtcbin. Run by /usr/bin/python3, whose PyGObject knows it.

    /usr/bin/python3 gst_whep.py < {"url": …, "token": …, "caps": …, "seconds": …, "parts": …}

Prints one JSON line for each decoded picture, as tests.support.chromium.code_of reads it: {"at": UNIX_SECONDS,
"picture": {"width", "height", "full": [w, h], "gray": BASE64}}, of the first of parts × parts cells; the gray pixels
are its top-left fifth. Then {"status": of the DELETE, "packets_lost": …}, and it ends. WHEP (draft-ietf-wish-whep) is
done here by hand.
"""

from __future__ import annotations

import base64
import json
import sys
import time
import urllib.parse
import urllib.request
from typing import Any

import gi  # type: ignore[import-not-found,unused-ignore]

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # type: ignore[import-not-found,unused-ignore]  # noqa: E402

SHARE = 5
DECODE = (
    "queue name=first ! rtph264depay ! h264parse ! openh264dec ! videoconvert ! video/x-raw,format=GRAY8"
    " ! appsink name=last emit-signals=true sync=false max-buffers=60"
)


class Player:
    """One session, from its offer to its DELETE."""

    def __init__(self, wanted: dict[str, Any], loop: Any) -> None:
        self._wanted = wanted
        self._loop = loop
        self._resource = ""
        self._offered = False
        self._pipeline = Gst.Pipeline.new(None)
        self._webrtc = Gst.ElementFactory.make("webrtcbin")
        self._webrtc.set_property("bundle-policy", GstWebRTC.WebRTCBundlePolicy.MAX_BUNDLE)
        # Peers on one machine meet over loopback, which libnice leaves out unless told. PyGObject takes this agent for
        # its own, and frees it once nobody holds it.
        self._ice = self._webrtc.get_property("ice-agent")
        self._ice.emit("add-local-ip-address", "127.0.0.1")
        self._webrtc.connect("pad-added", self._decode)
        self._webrtc.connect("notify::ice-gathering-state", self._gathering_changed)
        self._pipeline.add(self._webrtc)
        receive = GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY
        transceiver = self._webrtc.emit("add-transceiver", receive, Gst.Caps.from_string(wanted["caps"]))
        transceiver.set_property("do-nack", True)
        self._pipeline.set_state(Gst.State.PLAYING)
        self._webrtc.emit("create-offer", None, Gst.Promise.new_with_change_func(self._offer_made))

    def leave(self) -> bool:
        """DELETE, and say how it went."""
        promise = Gst.Promise.new()
        self._webrtc.emit("get-stats", None, promise)
        promise.wait()
        statistics = promise.get_reply()
        lost = [_lost(statistics.get_value(statistics.nth_field_name(n))) for n in range(statistics.n_fields())]
        answer = self._ask("DELETE", self._resource)
        print(json.dumps({"status": answer.status, "packets_lost": sum(lost)}), flush=True)
        self._pipeline.set_state(Gst.State.NULL)
        self._loop.quit()
        return False

    def _offer_made(self, promise: Any) -> None:
        reply = promise.get_reply()  # what is in it lives as long as this does
        self._webrtc.emit("set-local-description", reply.get_value("offer"), Gst.Promise.new())

    def _gathering_changed(self, *_: Any) -> None:
        if self._webrtc.get_property("ice-gathering-state") == GstWebRTC.WebRTCICEGatheringState.COMPLETE:
            GLib.idle_add(self._offer)

    def _offer(self) -> bool:
        if not self._offered:
            self._offered = True
            offer = self._webrtc.get_property("local-description").sdp.as_text()
            answer = self._ask("POST", self._wanted["url"], offer.encode())
            self._resource = urllib.parse.urljoin(self._wanted["url"], answer.headers["Location"])
            _, sdp = GstSdp.SDPMessage.new_from_text(answer.read().decode())
            description = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, sdp)
            self._webrtc.emit("set-remote-description", description, Gst.Promise.new())
        return False

    def _ask(self, method: str, url: str, body: bytes | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self._wanted['token']}", "Content-Type": "application/sdp"}
        request = urllib.request.Request(url, body, headers, method=method)
        return urllib.request.urlopen(request, timeout=10)

    def _decode(self, _webrtc: Any, pad: Any) -> None:
        decoding = Gst.parse_bin_from_description(DECODE, False)
        self._pipeline.add(decoding)
        decoding.get_by_name("last").connect("new-sample", self._picture)
        ghost = Gst.GhostPad.new("sink", decoding.get_by_name("first").get_static_pad("sink"))
        decoding.add_pad(ghost)
        decoding.sync_state_with_parent()
        pad.link(ghost)
        GLib.timeout_add(int(1000 * self._wanted["seconds"]), self.leave)

    def _picture(self, sink: Any) -> Any:
        at, sample = time.time(), sink.emit("pull-sample")
        caps = sample.get_caps().get_structure(0)
        width, height = caps.get_value("width"), caps.get_value("height")
        buffer = sample.get_buffer()
        pixels = buffer.extract_dup(0, buffer.get_size())
        stride, width, height = len(pixels) // height, width // self._wanted["parts"], height // self._wanted["parts"]
        wide, high = width // SHARE, height // SHARE
        corner = b"".join(pixels[row * stride : row * stride + wide] for row in range(high))
        gray = base64.b64encode(corner).decode()
        picture = {"width": wide, "height": high, "full": [width, height], "gray": gray}
        print(json.dumps({"at": at, "picture": picture}), flush=True)
        return Gst.FlowReturn.OK


def _lost(value: Any) -> int:
    """Packets lost, of one structure of the statistics; 0 where it is of something else."""
    if not isinstance(value, Gst.Structure) or not value.has_field("packets-lost"):
        return 0
    return int(value.get_value("packets-lost"))


def main() -> None:
    """Play, then leave."""
    Gst.init(None)
    loop = GLib.MainLoop()
    player = Player(json.load(sys.stdin), loop)
    loop.run()
    del player


main()
