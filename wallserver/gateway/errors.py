"""The exceptions of the gateway.

GatewayError            carries the code (as in HTTP) that control hands on to the browser or player
├── OfferError          an SDP offer that cannot be answered (400, 413 or 422)
├── SessionUnknown      no such session here: it ended, or another gateway has it (404)
├── SessionExists       a session of this id is there already (409)
├── StaleSession        an entity tag that is not the session's any more (412), or none where one is needed (428)
├── GatewayFull         no more sessions or HLS can be had here (503)
├── AddressError        an address of `gateway.addresses` that this host does not have
└── PortError           no port of `gateway.udp_ports` or `gateway.hls.ports` can be had
"""

from __future__ import annotations


class GatewayError(Exception):
    """Something that was asked of the gateway and cannot be done."""

    code = 500

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class OfferError(GatewayError):
    """An SDP offer or fragment that cannot be answered."""

    code = 400


class SessionUnknown(GatewayError):  # noqa: N818 - reads as what happened
    """No session of that id lives in this gateway."""

    code = 404


class SessionExists(GatewayError):  # noqa: N818
    """A session of that id lives in this gateway already."""

    code = 409


class StaleSession(GatewayError):  # noqa: N818
    """A change that was meant for another ICE session than the present one."""

    code = 412


class GatewayFull(GatewayError):  # noqa: N818
    """This gateway has no room for another session."""

    code = 503


class AddressError(GatewayError):
    """An address that this host cannot send from."""


class PortError(GatewayError):
    """A port that cannot be opened."""
