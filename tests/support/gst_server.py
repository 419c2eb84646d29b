"""Cameras that nobody here wrote: Debian's GstRtspServer. Run by /usr/bin/python3, whose PyGObject knows it.

    /usr/bin/python3 gst_server.py '[{"path": "/street", "codec": "h264", "raw": FILE, …}, …]'

Prints one JSON line when it serves: {"open": PORT, "closed": PORT}; mounts with a password are behind the second port.
With "stamps": true it prints one line for each picture at the entrance of its payloader: "MONOTONIC_NS MD5", the
digest of the access unit's last 24 bytes.
Takes commands on standard input: "mute PATH", "unmute PATH" (no more RTP, sessions go on), "kick" (closes all
connections), "remove PATH" (and closes all connections). Ends when standard input does.
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

import gi  # type: ignore[import-not-found,unused-ignore]

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # type: ignore[import-not-found,unused-ignore]  # noqa: E402

USER_ROLE = "viewer"


def encoder(mount: dict[str, Any]) -> str:
    """The part of the pipeline from raw pictures to RTP."""
    gop, codec = mount["gop"], mount["codec"]
    if codec == "h264":
        b_frames = mount["b_frames"]
        tune = "" if b_frames else "tune=zerolatency"
        slices = f"threads={mount['slices']} sliced-threads=true" if mount["slices"] > 1 else "threads=1"
        caps = "profile=baseline" if not b_frames else "profile=main"
        layout, interval = ("byte-stream", -1) if mount["in_band"] else ("avc", 0)
        return (
            f"x264enc {tune} bframes={b_frames} speed-preset=ultrafast key-int-max={gop} bitrate={mount['kbps']}"
            f" {slices} ! video/x-h264,{caps},stream-format={layout} ! valve name=valve"
            f" ! rtph264pay name=pay0 pt=96 config-interval={interval}"
        )
    if codec == "h265":
        return (
            f"x265enc tune=zerolatency speed-preset=ultrafast key-int-max={gop} bitrate={mount['kbps']}"
            " ! valve name=valve ! rtph265pay name=pay0 pt=96 config-interval=-1"
        )
    if codec == "mjpeg":
        return "jpegenc ! valve name=valve ! rtpjpegpay name=pay0 pt=26"
    return "vp8enc deadline=1 ! valve name=valve ! rtpvp8pay name=pay0 pt=96"


class Mount:
    """One camera: raw pictures out of a file, encoded live while somebody watches."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec
        self.muted = bool(spec["muted"])
        self._valve: Any = None
        self._source: Any = None
        self._picture = 0
        size = spec["width"] * spec["height"] * 3 // 2
        raw = Path(spec["raw"]).read_bytes()
        self._pictures = [Gst.Buffer.new_wrapped(raw[i : i + size]) for i in range(0, len(raw) - size + 1, size)]
        self.factory = GstRtspServer.RTSPMediaFactory()
        self.factory.set_shared(True)
        transports = {"tcp": GstRtsp.RTSPLowerTrans.TCP, "udp": GstRtsp.RTSPLowerTrans.UDP}
        self.factory.set_protocols(
            transports.get(spec["transport"], GstRtsp.RTSPLowerTrans.TCP | GstRtsp.RTSPLowerTrans.UDP)
        )
        self.factory.set_launch(
            f"( appsrc name=source is-live=true format=time do-timestamp=true block=false caps=video/x-raw,format=I420,"
            f"width={spec['width']},height={spec['height']},framerate={spec['fps']}/1 ! {encoder(spec)} )"
        )
        self.factory.connect("media-configure", self._configure)

    def mute(self, muted: bool) -> None:
        """Stop or go on sending RTP."""
        self.muted = muted
        if self._valve is not None:
            self._valve.set_property("drop", muted)

    def push(self) -> bool:
        """The next picture, if anybody watches."""
        if self._source is not None and self._pictures:
            self._source.emit("push-buffer", self._pictures[self._picture % len(self._pictures)].copy())
            self._picture += 1
        return True

    def _configure(self, _factory: Any, media: Any) -> None:
        element = media.get_element()
        self._valve = element.get_child_by_name("valve")
        self._source = element.get_child_by_name("source")
        media.connect("unprepared", self._unprepared)
        # A description needs one picture to have passed; the first ones are not sent before PLAY.
        media.connect("prepared", lambda _media: self.mute(self.muted))
        if self.spec["loss"]:
            pad = element.get_child_by_name("pay0").get_static_pad("src")
            pad.add_probe(Gst.PadProbeType.BUFFER | Gst.PadProbeType.BUFFER_LIST, self._lose)
        if self.spec["stamps"]:
            pad = element.get_child_by_name("pay0").get_static_pad("sink")
            pad.add_probe(Gst.PadProbeType.BUFFER, self._stamp)

    def _unprepared(self, _media: Any) -> None:
        self._source = self._valve = None

    def _lose(self, pad: Any, info: Any) -> Any:
        """One RTP packet in some is lost on the way."""
        if not info.type & Gst.PadProbeType.BUFFER_LIST:
            lost = random.random() < self.spec["loss"]
            return Gst.PadProbeReturn.DROP if lost else Gst.PadProbeReturn.OK
        packets = info.get_buffer_list()
        kept = [packets.get(i).copy() for i in range(packets.length()) if random.random() >= self.spec["loss"]]
        if len(kept) == packets.length():
            return Gst.PadProbeReturn.OK
        again = Gst.BufferList.new()
        for packet in kept:
            again.insert(-1, packet)
        pad.push_list(again)
        return Gst.PadProbeReturn.DROP

    def _stamp(self, _pad: Any, info: Any) -> Any:
        buffer = info.get_buffer()
        _, mapped = buffer.map(Gst.MapFlags.READ)
        tail = bytes(mapped.data[-24:])
        buffer.unmap(mapped)
        print(time.monotonic_ns(), hashlib.md5(tail).hexdigest(), flush=True)
        return Gst.PadProbeReturn.OK


def make_server(mounts: list[Mount]) -> Any:
    """A server on a free loopback port; with passwords when its mounts have one."""
    server = GstRtspServer.RTSPServer()
    server.set_service("0")
    server.set_address("127.0.0.1")
    users = {(m.spec["username"], m.spec["password"], m.spec["auth"]) for m in mounts if m.spec["username"]}
    if users:
        auth = GstRtspServer.RTSPAuth()
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", USER_ROLE)
        method = GstRtsp.RTSPAuthMethod
        auth.set_supported_methods(method.BASIC if {u[2] for u in users} == {"basic"} else method.DIGEST)
        for username, password, kind in users:
            if kind == "basic":
                auth.add_basic(GstRtspServer.RTSPAuth.make_basic(username, password), token)
            else:
                auth.add_digest(username, password, token)
        server.set_auth(auth)
    points = server.get_mount_points()
    for mount in mounts:
        if users:
            permissions = GstRtspServer.RTSPPermissions()
            for permission in ("media.factory.access", "media.factory.construct"):
                permissions.add_permission_for_role(USER_ROLE, permission, True)
            mount.factory.set_permissions(permissions)
        points.add_factory(mount.spec["path"], mount.factory)
    server.attach(None)
    return server


def obey(line: str, mounts: list[Mount], servers: list[Any]) -> None:
    """Do what a command says."""
    verb, _, path = line.partition(" ")
    if verb in ("mute", "unmute"):
        for mount in mounts:
            if mount.spec["path"] == path:
                mount.mute(verb == "mute")
        return
    for server in servers:
        if verb == "remove":
            server.get_mount_points().remove_factory(path)
        server.client_filter(lambda *_: GstRtspServer.RTSPFilterResult.REMOVE)


def main() -> None:
    """Serve until standard input ends."""
    Gst.init(None)
    mounts = [Mount(spec) for spec in json.loads(sys.argv[1])]
    servers = [make_server([m for m in mounts if bool(m.spec["username"]) is closed]) for closed in (False, True)]
    for mount in mounts:
        GLib.timeout_add(1000 // mount.spec["fps"], mount.push)
    loop = GLib.MainLoop()

    def command(_channel: Any, _condition: Any) -> bool:
        line = sys.stdin.readline()
        if not line:
            loop.quit()
            return False
        obey(line.strip(), mounts, servers)
        return True

    GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, command)
    print(json.dumps({"open": servers[0].get_bound_port(), "closed": servers[1].get_bound_port()}), flush=True)
    loop.run()


main()
