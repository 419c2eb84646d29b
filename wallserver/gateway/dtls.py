"""Which ciphers a viewer may choose in the DTLS handshake. aiortc's are those of ECDSA certificates alone.

RFC 8827 section 6.5 demands these and forbids no others; GStreamer's webrtcbin, for one, has an RSA certificate, and
where it is the DTLS server nothing can be agreed on without ciphers for it.
"""

from __future__ import annotations

from typing import Any

from aiortc import RTCCertificate

_CIPHERS = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-CHACHA20-POLY1305"
    ":ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES128-SHA:ECDHE-RSA-AES256-SHA"
)
_CREATE = "_create_ssl_context"
_STOCK: Any = getattr(RTCCertificate, _CREATE, None)


def accept_rsa() -> None:
    """Once for the process: take viewers with an RSA certificate too. The fingerprint still proves who they are."""

    def create(certificate: RTCCertificate, *arguments: Any, **named: Any) -> Any:
        context = _STOCK(certificate, *arguments, **named)
        context.set_cipher_list(_CIPHERS.encode())
        return context

    setattr(RTCCertificate, _CREATE, create)


def missing_names() -> list[str]:
    """What of aiortc this module relies on and this version does not have."""
    return [] if _STOCK is not None else [f"RTCCertificate.{_CREATE}"]
