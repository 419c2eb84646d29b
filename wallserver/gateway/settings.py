"""What a gateway is told by config.yaml (`gateway`), which explains each key."""

from __future__ import annotations

import errno
import re
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from wallserver.gateway.sending import Kind, Sending

# RFC 7065; a host's name, an IPv4 address or a bracketed IPv6 address.
_TURN_URL = re.compile(
    r"(?P<scheme>turns?):(?P<host>[^\s\[\]:/?@]+|\[[0-9A-Fa-f:]+\])(?::(?P<port>\d{1,5}))?(?:\?transport=(?P<over>udp|tcp))?"
)
_TURN_PORTS = {"turn": 3478, "turns": 5349}

# What browsers are told in steps of ten, up to 40.95 s.
_PlayoutMs = Annotated[int, Field(ge=0, le=40_000, multiple_of=10)]

type Address = IPv4Address | IPv6Address


def _as_text(value: object) -> object:
    """YAML reads 50000 as a number; 0 is the system's way to say: any port."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if value else None
    return value


def _is_port_range(text: str | None) -> str | None:
    if text is None:
        return None
    found = re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?", text)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 1024 <= first <= last <= 65535:
        raise ValueError("must be a port or a range of them, like 50000 or 50000-50003, between 1024 and 65535")
    return text


# As it was written: like 50000 or 50000-50003; None: any port that is free.
_Ports = Annotated[str | None, BeforeValidator(_as_text), AfterValidator(_is_port_range)]


def port_range(ports: str | None) -> range:
    """The ports of `udp_ports` or `hls.ports`; empty: any that is free."""
    if ports is None:
        return range(0)
    first, _, last = ports.partition("-")
    return range(int(first), int(last or first) + 1)


def _is_tellable(address: Address) -> Address:
    if address.is_unspecified or address.is_multicast:
        raise ValueError("is no address that a browser could send to")
    return address


class TurnSettings(BaseModel):
    """A TURN server (RFC 8656) that relays for viewers who cannot be reached otherwise. No `url`: none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str | None = None
    username: str | None = None
    credential: SecretStr | None = None
    credential_file: Path | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.url is None:
            if (self.username, self.credential, self.credential_file) != (None, None, None):
                raise ValueError("has a 'username' or 'credential' but no 'url' of a server to use them at")
            return self
        found = _TURN_URL.fullmatch(self.url)
        if found is None or not 0 < int(found["port"] or 1) < 65536:
            raise ValueError("has a 'url' that is not like turn:host:3478?transport=udp or turns:host:5349")
        if found["scheme"] == "turns" and found["over"] == "udp":
            raise ValueError("has a turns: 'url' over UDP (DTLS), which is not supported; leave out 'transport'")
        if (self.credential is None) == (self.credential_file is None):
            raise ValueError("needs either 'credential' (from the environment, best) or 'credential_file'")
        return self

    @property
    def server(self) -> tuple[str, int]:
        """Its host and port. Only where there is a `url`."""
        found = self._parsed()
        return found["host"].strip("[]"), int(found["port"] or _TURN_PORTS[found["scheme"]])

    @property
    def over_tls(self) -> bool:
        """Whether it is spoken to over TLS."""
        return bool(self._parsed()["scheme"] == "turns")

    @property
    def transport(self) -> str:
        """`udp` or `tcp`: how the gateway speaks to it."""
        found = self._parsed()
        return found["over"] or ("tcp" if found["scheme"] == "turns" else "udp")

    def secret(self) -> str:
        """The credential, read anew from its file each time. Raises OSError where that cannot be read."""
        if self.credential_file is not None:
            try:
                return self.credential_file.read_text(encoding="utf-8").strip()
            except UnicodeDecodeError:  # which would quote it
                raise OSError(errno.EILSEQ, "the credential's file is no text") from None
        return self.credential.get_secret_value() if self.credential is not None else ""

    def _parsed(self) -> re.Match[str]:
        found = _TURN_URL.fullmatch(self.url or "")
        if found is None:
            raise ValueError("there is no TURN server")
        return found


class HlsSettings(BaseModel):
    """Where gateways serve HLS, and where players are sent to, if that is another place."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: Annotated[str, Field(min_length=1, max_length=253)] = "127.0.0.1"
    ports: _Ports = None
    url: str | None = None

    @field_validator("url")
    @classmethod
    def _an_address(cls, url: str | None) -> str | None:
        if url is not None:
            parts = urlsplit(url)
            if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc or parts.query:
                raise ValueError("must be like https://wall.example, without a name, a password or a query")
        return url

    @model_validator(mode="after")
    def _players_are_told_where(self) -> Self:
        if self.host in {"0.0.0.0", "::"} and self.url is None:  # noqa: S104 - compared, not listened on
            raise ValueError("has a 'host' that is every address of this machine: say by 'url' where players find it")
        return self


class GatewaySettings(BaseModel):
    """How browsers and players reach the gateways of a machine, and how pictures leave to them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    addresses: tuple[Address, ...] = ()
    udp_ports: _Ports = None
    announced_addresses: Annotated[
        tuple[Annotated[Address, AfterValidator(_is_tellable)], ...], Field(max_length=8)
    ] = ()
    announce_own_addresses: bool = True
    turn: TurnSettings = TurnSettings()
    hls: HlsSettings = HlsSettings()
    sender: Kind = "batched"
    pacing_mbps: Annotated[int, Field(ge=2, le=10_000)] = 100
    playout_delay_ms: tuple[_PlayoutMs, _PlayoutMs] = (0, 0)

    @model_validator(mode="after")
    def _least_first(self) -> Self:
        least, most = self.playout_delay_ms
        if least > most:
            raise ValueError("playout_delay_ms: the least comes first, then the most")
        return self

    @model_validator(mode="after")
    def _something_is_announced(self) -> Self:
        if not self.announce_own_addresses and not self.announced_addresses:
            raise ValueError("tells browsers no address: set 'announced_addresses', or 'announce_own_addresses: true'")
        return self

    def sending(self) -> Sending:
        """How to send."""
        return Sending(self.sender, self.pacing_mbps * 125_000, self.playout_delay_ms)
