"""GStreamer as an RTSP client, decoding; run by /usr/bin/python3, whose PyGObject knows it.

    /usr/bin/python3 gst_client.py URL USER PASSWORD COUNT

Prints the timestamp (ns) of each of COUNT decoded pictures, one a line. Without arguments: ends well if all is there.
"""

from __future__ import annotations

import sys

import gi  # type: ignore[import-not-found,unused-ignore]

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # type: ignore[import-not-found,unused-ignore]  # noqa: E402

NEEDED = ("rtspsrc", "rtph264depay", "avdec_h264", "openh264dec")


def main() -> int:
    Gst.init(None)
    decoder = next((name for name in NEEDED[2:] if Gst.ElementFactory.find(name)), None)
    if decoder is None or not all(Gst.ElementFactory.find(name) for name in NEEDED[:2]):
        return 1
    if len(sys.argv) == 1:
        return 0
    url, user, password, count = sys.argv[1:]
    pipeline = Gst.parse_launch(
        f"rtspsrc name=camera protocols=tcp latency=0 ! rtph264depay ! h264parse ! {decoder}"
        " ! appsink name=sink sync=false max-buffers=100"
    )
    camera, sink = pipeline.get_by_name("camera"), pipeline.get_by_name("sink")
    camera.set_property("location", url.replace(url[len("rtsp://") : url.index("@") + 1], ""))
    camera.set_property("user-id", user)
    camera.set_property("user-pw", password)
    pipeline.set_state(Gst.State.PLAYING)
    for _ in range(int(count)):
        sample = sink.emit("try-pull-sample", 10 * Gst.SECOND)
        if sample is None:
            return 2
        print(sample.get_buffer().pts, flush=True)
    pipeline.set_state(Gst.State.NULL)
    return 0


if __name__ == "__main__":
    sys.exit(main())
