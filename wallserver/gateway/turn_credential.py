"""What a TURN server is told of who asks (`gateway.turn`)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass

from wallserver.gateway.settings import TurnSettings

# Long enough for a player that runs all day; whoever plays longer comes back once.
LIFETIME_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class TurnCredential:
    """A name and its password."""

    username: str
    password: str


def credential_of(turn: TurnSettings, now: float) -> TurnCredential:
    """The configured account; or, without a `username`, one that expires, made of the secret shared with the server.

    The latter is draft-uberti-behave-turn-rest-00, coturn's `use-auth-secret`: others may be told it. `now`: Unix
    seconds. Raises OSError where the credential's file cannot be read.
    """
    if turn.username is not None:
        return TurnCredential(turn.username, turn.secret())
    username = f"{int(now) + LIFETIME_S}:wallserver"
    digest = hmac.digest(turn.secret().encode(), username.encode(), hashlib.sha1)
    return TurnCredential(username, base64.b64encode(digest).decode())
