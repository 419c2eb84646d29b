"""HLS cameras: FFmpeg's HLS muxer writes a rolling playlist at the pace of life; a small HTTP server serves it."""

from __future__ import annotations

import functools
import http.server
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
from av.packet import Packet
from av.video.stream import VideoStream

from ingest.access_unit import Codec
from tests.support.bitstreams import ENCODERS, encode, encoder

FPS = 15


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files of a folder, and some addresses that answer what is not HLS."""

    def do_GET(self) -> None:
        """/page: a web page; /moved: a redirect; /closed and /forbidden: 401 and 403; /broken: 500."""
        answers = {"/page": 200, "/moved": 302, "/closed": 401, "/forbidden": 403, "/broken": 500}
        status = answers.get(self.path)
        if status is None:
            super().do_GET()
            return
        body = b"<!DOCTYPE html><html><body>Selamat datang</body></html>"
        self.send_response(status)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        if status == 302:
            self.send_header("Location", "/live.m3u8")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
        """Say nothing."""


@contextmanager
def http_server(folder: Path) -> Iterator[str]:
    """Serve `folder` on a free loopback port; the address without a slash at its end."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="hls http")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def hls_camera(codec: Codec = Codec.H264, *, b_frames: int = 0, segments: str = "mpegts") -> Iterator[str]:
    """A live camera with segments of one second (`mpegts` or `fmp4`): base address; the playlist is /live.m3u8."""
    packets = encode(codec, FPS * 12, gop=FPS, b_frames=b_frames, fps=FPS)
    stopping = threading.Event()
    with tempfile.TemporaryDirectory(prefix="wallserver-hls-") as name:
        folder = Path(name)
        writer = threading.Thread(target=_write, args=(folder, codec, packets, segments, stopping), name="hls writer")
        writer.start()
        try:
            deadline = time.monotonic() + 10
            while not (folder / "live.m3u8").exists() and time.monotonic() < deadline:
                stopping.wait(0.02)
            with http_server(folder) as base:
                yield base
        finally:
            stopping.set()
            writer.join()


def _write(
    folder: Path, codec: Codec, packets: list[Packet[VideoStream]], segments: str, stopping: threading.Event
) -> None:
    options = {
        "hls_time": "1",
        "hls_list_size": "4",
        "hls_flags": "delete_segments",
        "hls_segment_type": segments,
        "hls_segment_filename": str(folder / "%d.ts"),
        "hls_fmp4_init_filename": "init.mp4",
    }
    with av.open(str(folder / "live.m3u8"), "w", format="hls", options=options) as container:
        stream = container.add_stream(ENCODERS[codec], rate=FPS)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        stream.codec_context.options = encoder(codec, 320, 180).options
        base = Fraction(1, FPS)
        began = time.monotonic() - 3.0  # three segments are there at once, as with a camera that has run before
        for number, packet in enumerate(packets):
            if stopping.wait(max(0.0, began + number / FPS - time.monotonic())):
                break
            packet.stream = stream
            packet.time_base = base
            container.mux(packet)
