"""What can go wrong between us and an HLS server. Never with an address, a password or the server's own words."""

from __future__ import annotations

from ingest.errors import IngestError


class HlsError(IngestError):
    """The server does not offer HLS, or says what no server may say."""


class StatusError(HlsError):
    """The server answered with something else than what was asked for. `status` is its code (RFC 9110, 15)."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP status {status}")
        self.status = status


class RedirectError(HlsError):
    """The server sends us to another one, or around in a circle."""


class ElsewhereError(HlsError):
    """A playlist names an address that is not fetched: neither of the camera nor public (`Hosts`)."""


class TooLargeError(HlsError):
    """An answer is larger than such answers may be."""


class PlaylistError(HlsError):
    """The answer is no playlist. `page`: it is a web page."""

    def __init__(self, words: str, *, page: bool = False) -> None:
        super().__init__(words)
        self.page = page


class EncryptionError(HlsError):
    """The segments are encrypted otherwise than with AES-128, or do not fit their key."""


class MediaError(HlsError):
    """A segment is of no format that HLS knows, or has no video."""


class CodecError(HlsError):
    """Its video is of a codec that we cannot take. `encoding` is the name people know it by."""

    def __init__(self, encoding: str) -> None:
        super().__init__("unsupported codec")
        self.encoding = encoding


class NoSegmentError(HlsError):
    """The playlist lists nothing yet."""


class ChangedError(HlsError):
    """The video is of another codec from now on: whoever reads it has to begin anew."""


class EndedError(HlsError):
    """The playlist says that nothing will follow."""
