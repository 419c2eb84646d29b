"""Whether a viewer is still there, and still agrees to be sent to (RFC 7675).

Whoever says something authenticated (a STUN check, RTCP) is there: it is asked for its consent every 5 s. Whoever was
not heard for 2 s is asked twice a second, and is gone after five questions without an answer: within 4.5 s. So a
player that says little lives, and a gateway that stood still itself asks before it judges.
"""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING

from aioice import stun

if TYPE_CHECKING:
    from aioice.ice import CandidatePair, StunProtocol

    from wallserver.gateway.ice_connection import IceConnection
    from wallserver.gateway.udp_port import Address

# RFC 7675 section 5.1: an answer every 5 s, give or take a fifth; after 30 s without one nothing may be sent.
CONSENT_EVERY_S = 5.0
CONSENT_EXPIRES_S = 30.0

QUIET_S = 2.0
ASK_EVERY_S = 0.5
QUESTIONS = 5


class Consent:
    """Of the viewer behind one connected ICE session."""

    def __init__(self, connection: IceConnection) -> None:
        self._connection = connection
        self._given_at = time.monotonic()
        self._asked: dict[bytes, _Question] = {}

    async def lost(self) -> None:
        """Return when the viewer is gone, or its consent has expired."""
        try:
            await self._watch()
        finally:
            self._forget_questions()

    def given(self, pair: CandidatePair) -> None:
        """The viewer answered, by this pair."""
        self._given_at = time.monotonic()
        self._connection.inbox.heard()
        self._connection.answered_from(pair.protocol, pair.remote_addr)
        self._forget_questions()

    async def _watch(self) -> None:
        next_at = time.monotonic() + _interval()
        unanswered = 0
        while (now := time.monotonic()) - self._given_at < CONSENT_EXPIRES_S:
            quiet_at = self._connection.inbox.heard_at + QUIET_S
            if now >= quiet_at:
                if unanswered == QUESTIONS:
                    return
                unanswered += 1
            else:
                unanswered = 0
            if unanswered or now >= next_at:
                self._ask()
                next_at = now + _interval()
            await asyncio.sleep(ASK_EVERY_S if unanswered else min(next_at, quiet_at) - now)

    def _ask(self) -> None:
        """A new transaction each time, as RFC 7675 wants it: an answer to any of them will do."""
        connection = self._connection
        for pair in connection._nominated.values():
            request = connection.build_request(pair, nominate=False)
            password = (connection.remote_password or "").encode()
            request.add_message_integrity(password)
            self._asked[request.transaction_id] = question = _Question(self, pair, password)
            pair.protocol.transactions[request.transaction_id] = question
            pair.protocol.send_stun(request, pair.remote_addr)

    def _forget_questions(self) -> None:
        for number, question in self._asked.items():
            question.protocol.transactions.pop(number, None)
        self._asked.clear()


class _Question(stun.Transaction):
    """What a share of the port hands the answer to; unlike aioice's it needs no timer and no task."""

    def __init__(self, consent: Consent, pair: CandidatePair, password: bytes) -> None:
        self._consent = consent
        self._pair = pair
        self._password = password
        self.protocol: StunProtocol = pair.protocol

    def response_received(self, message: stun.Message, addr: Address) -> None:
        """Only an answer of the viewer itself counts, from where it was asked."""
        genuine = addr == self._pair.remote_addr and message.check_message_integrity(self._password)
        if genuine and message.message_class == stun.Class.RESPONSE:
            self._consent.given(self._pair)


def _interval() -> float:
    return CONSENT_EVERY_S * random.uniform(0.8, 1.2)  # noqa: S311 - against synchrony, not against guessing
