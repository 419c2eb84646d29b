"""What config.yaml says of the public page (`public`), which explains each key."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from ingest.mosaic import MAX_DELAY_MS
from wallserver.gateway.settings import Address, GatewaySettings, HlsSettings

type _Even = Annotated[int, Field(ge=128, le=1920, multiple_of=2)]
type _Port = Annotated[int, Field(ge=1, le=65535)]


def _site(text: str) -> str:
    """An origin that a page's policy can name (CSP Level 3 section 2.3.1)."""
    if not re.fullmatch(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?", text.lower()):
        raise ValueError("must be a site like https://news.example.org, without a path")
    return text.lower()


class PublicSettings(BaseModel):
    """What is shown to anybody, how, and to how many."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = False
    host: Annotated[str, Field(min_length=1, max_length=253)] = "127.0.0.1"
    port: _Port = 8100
    proxies: Annotated[tuple[Address, ...], Field(max_length=16)] = ()
    addresses: Annotated[tuple[Address, ...], Field(max_length=8)] = ()
    announced_addresses: Annotated[tuple[Address, ...], Field(max_length=8)] = ()
    udp_port: _Port | None = None
    embeds: Annotated[tuple[Annotated[str, AfterValidator(_site)], ...], Field(max_length=32)] = ()
    stream: Literal["main", "sub"] = "sub"
    width: _Even = 640
    height: _Even = 360
    fps: Annotated[int, Field(ge=1, le=30)] = 10
    bitrate_kbps: Annotated[int, Field(ge=100, le=10_000)] = 800
    delay_s: Annotated[int, Field(ge=0, le=MAX_DELAY_MS // 1000)] = 0
    always: bool = False
    position_decimals: Annotated[int, Field(ge=0, le=5)] = 3
    cameras_at_once: Annotated[int, Field(ge=1, le=64)] = 12
    webrtc_viewers: Annotated[int, Field(ge=0, le=1000)] = 50
    webrtc_per_address: Annotated[int, Field(ge=1, le=1000)] = 4
    hls_viewers: Annotated[int, Field(ge=0, le=4000)] = 1000
    hls_per_address: Annotated[int, Field(ge=1, le=4000)] = 40

    @model_validator(mode="after")
    def _told_no_more_than_it_has_to_be(self) -> Self:
        if self.enabled and self.webrtc_viewers and not (self.addresses or self.announced_addresses):
            raise ValueError(
                "needs 'addresses' or 'announced_addresses', the ones that the public may be told: else it would learn "
                "all of this machine's; or 'webrtc_viewers: 0'"
            )
        return self

    def network(self) -> GatewaySettings:
        """How WebRTC leaves: like a gateway's, but by these addresses and no relay."""
        return GatewaySettings(
            addresses=self.addresses,
            udp_ports=None if self.udp_port is None else str(self.udp_port),
            announced_addresses=self.announced_addresses,
            announce_own_addresses=not self.announced_addresses,
        )

    def listening(self) -> HlsSettings:
        """Where it is served, in the words of what listens."""
        return HlsSettings(host=self.host, ports=str(self.port), url=f"http://{self.host}:{self.port}")
