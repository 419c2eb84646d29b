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
# Which streams have a version that is lighter to send and to decode.
Lighter = Annotated[dict[StreamName, StreamName], Field(max_length=MAX_VIDEO_LINES)]


# Words of control, which mean nothing here.
Viewer = Annotated[str, Field(max_length=100)]
Asked = Annotated[str, Field(max_length=100)]

DisplayId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]


class _Request(BaseModel):
    """`display`: whose session it is, None for a player's. That has `viewer`, who watches, and `asked`, the stream that
    it asked for. It is the gateway that knows and checks whose a session is.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    session: SessionId
    display: DisplayId | None = None
    viewer: Viewer = ""
    asked: Asked = ""


class OfferRequest(_Request):
    """Open a session: `slots[i]` is the stream behind the i-th m=video line of the offer.

    `viewer` and `asked` are handed back when control is asked whether it still may.
    """

    kind: Literal["display", "whep"]
    sdp: str
    slots: Slots
    lighter: Lighter = {}


class SlotsRequest(_Request):
    """Put these streams behind the slots of a session; slots not listed send nothing, those it lacks stay unseen."""

    plan: int
    slots: Slots
    lighter: Lighter = {}
    overloaded: bool = False


class PatchRequest(_Request):
    """A fragment (WHEP PATCH, application/trickle-ice-sdpfrag): candidates, or an ICE restart.

    `if_match`: the header of that name, None where there is none.
    """

    fragment: str
    if_match: Annotated[str, Field(max_length=1000)] | None = None


class CloseRequest(_Request):
    """End a session."""


class CloseDisplayRequest(BaseModel):
    """End every session of a display."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    display: DisplayId


class AliveRequest(BaseModel):
    """Is this gateway there? Nothing is asked, so that the answer costs nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SessionsRequest(BaseModel):
    """All sessions with their figures."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class HlsRequest(BaseModel):
    """A folder of HLS for a viewer whom control allows to watch.

    `stream` is what to make HLS of, `asked` what the viewer calls it, `viewer` who it is: handed back when control is
    asked to confirm it. `target_s`: the target duration, at least as long as the stream's GOPs.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    stream: StreamName
    asked: Asked
    viewer: Viewer
    target_s: Annotated[int, Field(ge=2, le=4)]
