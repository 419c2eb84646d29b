"""What control asks of a gateway over `req.gateway.<gateway>.<verb>`, checked at the edge."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from wallserver.gateway.sdp import MAX_VIDEO_LINES

# A stream's name becomes a subject on the bus: no wildcards, no spaces.
StreamName = Annotated[
    str,
    Field(
        pattern=r"^(cam\.[a-z0-9][a-z0-9_-]{0,62}\.(main|sub)|(mosaic|public)\.[A-Za-z0-9_-]{1,80}|replay\.[0-9a-f]{16})$"
    ),
]
SessionId = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{8,64}$")]
Slots = Annotated[list[StreamName | None], Field(max_length=MAX_VIDEO_LINES)]


DisplayId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]


class _Request(BaseModel):
    """`display`: whose session it is, None for a player's. It is the gateway that knows and checks it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    session: SessionId
    display: DisplayId | None = None


class OfferRequest(_Request):
    """Open a session: `slots[i]` is the stream behind the i-th m=video line of the offer."""

    kind: Literal["display", "whep"]
    sdp: str
    slots: Slots


class SlotsRequest(_Request):
    """Put these streams behind the slots of a session; slots not listed send nothing, those it lacks stay unseen."""

    plan: int
    slots: Slots


class CandidateRequest(_Request):
    """A trickled fragment (WHEP PATCH, application/trickle-ice-sdpfrag)."""

    candidate: str


class CloseRequest(_Request):
    """End a session."""


class CloseDisplayRequest(BaseModel):
    """End every session of a display."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    display: DisplayId
