"""TURN (RFC 8656), for viewers that cannot reach the gateway themselves (`gateway.turn`)."""

from __future__ import annotations

import asyncio
import contextlib
import time

import structlog
from aioice import ice, stun

from wallserver.gateway.settings import TurnSettings
from wallserver.gateway.turn_credential import credential_of

log = structlog.get_logger(__name__)

# How long the answer to an offer waits for the server; and for how long one that did not answer is left alone, so that
# not every viewer waits for it.
ALLOCATE_S = 1.0
LEFT_ALONE_S = 30.0
# How long a session that ends waits for the server.
GIVE_BACK_S = 0.5


class RelayedShare(ice.StunProtocol):
    """An address at the TURN server. To give it back takes an answer of the server, which may be gone."""

    def __init__(self, connection: ice.Connection) -> None:
        super().__init__(connection)
        self._gone = asyncio.Event()

    def connection_lost(self, exc: Exception | None) -> None:
        """It has been given back, or was lost."""
        super().connection_lost(exc)
        self._gone.set()

    async def close(self) -> None:
        """Give it back. aioice goes on telling the server by itself, for longer than anybody should wait."""
        self.transport.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._gone.wait(), GIVE_BACK_S)


class Relay:
    """The configured TURN server, as this gateway uses it."""

    def __init__(self, turn: TurnSettings) -> None:
        self._turn = turn
        self._again_at = 0.0

    async def allocate(self, connection: ice.Connection) -> ice.StunProtocol | None:
        """A relayed address for a connection; None where the server gives none, or not in time."""
        if time.monotonic() < self._again_at:
            return None
        try:
            credential = credential_of(self._turn, time.time())
            async with asyncio.timeout(ALLOCATE_S):
                _, share = await ice.relayed_candidate(
                    component=1,
                    hide_related_address=True,
                    protocol_factory=lambda: RelayedShare(connection),
                    turn_server=self._turn.server,
                    turn_username=credential.username,
                    turn_password=credential.password,
                    turn_ssl=self._turn.over_tls,
                    turn_transport=self._turn.transport,
                )
        except (OSError, stun.TransactionError) as error:  # timeouts are OSErrors too
            self._again_at = time.monotonic() + LEFT_ALONE_S
            log.warning("TURN server gives no address", reason=str(error) or "no answer in time")
            return None
        return share
