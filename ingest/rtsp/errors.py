"""What can go wrong between us and an RTSP server. Never with an address, a password or the server's own words."""

from __future__ import annotations

from ingest.errors import IngestError


class RtspError(IngestError):
    """The server does not speak RTSP, or says what no server may say."""


class StatusError(RtspError):
    """The server answered a request with something else than 200. `status` is its code (RFC 2326, 7.1.1)."""

    def __init__(self, status: int) -> None:
        super().__init__(f"RTSP status {status}")
        self.status = status


class RedirectError(RtspError):
    """The server wants us to go to another one."""


class PictureTooLargeError(RtspError):
    """A picture that is larger than any camera's, or that never ends."""


class ClosedError(RtspError):
    """The server closed the connection."""
