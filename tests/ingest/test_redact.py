from __future__ import annotations

import subprocess
import sys

import pytest

from ingest.redact import redact, redact_event


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("rtsp://admin:canary@10.0.0.1:554/main", "rtsp://***@10.0.0.1:554/main"),
        (
            "Error opening 'rtsp://admin:can@ary@cam/1': timed out",
            "Error opening 'rtsp://***@cam/1': timed out",
        ),
        ("https://cam/live.m3u8?token=canary&x=1", "https://cam/live.m3u8?token=***&x=1"),
        (
            "rtsp://10.0.0.1:554/user=admin_password=canary_channel=1_stream=0.sdp",
            "rtsp://10.0.0.1:554/user=***_password=***_channel=1_stream=0.sdp",
        ),
        ("rtsp://10.0.0.1/live;pwd=canary", "rtsp://10.0.0.1/live;pwd=***"),
        ("nothing to hide at user@example", "nothing to hide at user@example"),
    ],
)
def test_no_secret_of_a_url_is_shown(text: str, shown: str) -> None:
    assert redact(text) == shown
    assert "canary" not in redact(text)


def test_what_libraries_log_is_redacted_too() -> None:
    program = """
import logging
from ingest.worker import set_up_logs
set_up_logs()
logging.getLogger("aiortc").warning("cannot open %s", "rtsp://a:canary@h/")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "rtsp://***@h/" in done.stderr


def test_a_log_line_is_redacted_in_every_field_and_exception() -> None:
    event = redact_event(
        None, "info", {"event": "x", "url": "rtsp://a:canary@h/", "error": OSError("rtsp://a:canary@h/")}
    )
    assert "canary" not in repr(event)
