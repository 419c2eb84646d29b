"""GStreamer's hlsdemux2 as an HLS client, decoding; run by /usr/bin/python3, whose PyGObject knows it.

    /usr/bin/python3 gst_client.py URL COUNT

Prints the timestamp (ns) of each of COUNT decoded pictures, one a line. Without arguments: ends well if all is there.
"""

from __future__ import annotations

import sys

import gi  # type: ignore[import-not-found,unused-ignore]

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # type: ignore[import-not-found,unused-ignore]  # noqa: E402

NEEDED = ("uridecodebin3", "hlsdemux2", "souphttpsrc", "qtdemux", "h264parse", "appsink")
DECODERS = ("avdec_h264", "openh264dec")


def main() -> int:
    Gst.init(None)
    if not all(map(Gst.ElementFactory.find, NEEDED)) or not any(map(Gst.ElementFactory.find, DECODERS)):
        return 1
    if len(sys.argv) == 1:
        return 0
    url, count = sys.argv[1:]
    pipeline = Gst.parse_launch(
        f'uridecodebin3 uri="{url}" caps="video/x-raw" ! appsink name=sink sync=false max-buffers=100'
    )
    sink = pipeline.get_by_name("sink")
    pipeline.set_state(Gst.State.PLAYING)
    for _ in range(int(count)):
        sample = sink.emit("try-pull-sample", 15 * Gst.SECOND)
        if sample is None:
            message = pipeline.get_bus().pop_filtered(Gst.MessageType.ERROR)
            print(message.parse_error() if message else "no picture", file=sys.stderr)
            return 2
        print(sample.get_buffer().pts, flush=True)
    pipeline.set_state(Gst.State.NULL)
    return 0


if __name__ == "__main__":
    sys.exit(main())
