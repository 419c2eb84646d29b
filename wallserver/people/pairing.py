"""Pairing a display: its screen shows a code, a person types the code, the screen fetches its token.

The code alone opens nothing: only the browser that asked for it knows the secret which fetches the token.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from wallserver.catalogue.database import Database
from wallserver.catalogue.models import PairingRow
from wallserver.people.keys import key_hash, new_key
from wallserver.people.tokens import Tokens
from wallserver.short_memory import ShortMemory

ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # no 0 O, 1 I L, and no U beside V
CODE_LENGTH = 6
GOOD_FOR_MS = 10 * 60 * 1000
_KEEP_S = 2.0  # which displays are paired; every page of a room asks for that every 2.5 s
MOST_OPEN = 500  # codes that wait at once: the chance that a typed wrong code is one of them stays below 1 : 10⁶


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nobody has typed the code yet."""


@dataclass(frozen=True, slots=True)
class Paired:
    """Somebody did: the display, and its token, told this once."""

    display: str
    token: str


class Pairing:
    """Codes that wait for somebody to type them, and the displays that have become of them."""

    def __init__(self, database: Database, tokens: Tokens, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._tokens = tokens
        self._now_ms = now_ms
        self._displays = ShortMemory[None, frozenset[str]](_KEEP_S, 1)

    async def displays(self) -> frozenset[str]:
        """The displays that some screen is. What was changed by another process is known after 2 s or a `forget`."""
        return await self._displays.get(None, self._tokens.paired_displays)

    def forget(self) -> None:
        """Other displays may be paired: ask the database the next time."""
        self._displays.forget()

    async def begin(self) -> tuple[str, str] | None:
        """A new code and its secret; None while too many wait."""
        secret, now = new_key(), self._now_ms()
        async with self._database.session() as session, session.begin():
            await session.execute(delete(PairingRow).where(PairingRow.expires_ms <= now))
            if (await session.scalar(select(func.count()).select_from(PairingRow)) or 0) >= MOST_OPEN:
                return None
            code = _new_code()
            while await session.get(PairingRow, code) is not None:
                code = _new_code()
            session.add(
                PairingRow(code=code, secret_hash=key_hash(secret), display_id=None, expires_ms=now + GOOD_FOR_MS)
            )
        return code, secret

    async def pair(self, code: str, display: str) -> bool:
        """Somebody typed `code` for this display: no other screen is it, or can become it, any more.

        False if no screen shows the code (any more).
        """
        async with self._database.deciding() as session:
            row = await session.get(PairingRow, _as_written(code), with_for_update=True)
            if row is None or row.expires_ms <= self._now_ms() or row.display_id is not None:
                return False
            await self._let_go(session, display)
            row.display_id = display
        self.forget()
        return True

    async def unpair(self, display: str) -> None:
        """No screen is this display any more, nor becomes it by a code that was typed before."""
        async with self._database.session() as session, session.begin():
            await self._let_go(session, display)
        self.forget()

    async def poll(self, code: str, secret: str) -> Waiting | Paired | None:
        """What became of a code; None if it ended, never was, or has another secret."""
        found = await self._poll(code, secret)
        if isinstance(found, Paired):
            self.forget()
        return found

    async def _poll(self, code: str, secret: str) -> Waiting | Paired | None:
        async with self._database.session() as session, session.begin():
            row = await session.get(PairingRow, _as_written(code))
            if row is None or row.expires_ms <= self._now_ms():
                return None
            if not hmac.compare_digest(row.secret_hash, key_hash(secret)):
                return None
            if row.display_id is None:
                return Waiting()
            if row.code not in await _take(session, row.display_id):
                return None  # unpaired meanwhile
            return Paired(row.display_id, await self._tokens.exchange_display(session, row.display_id))

    async def _let_go(self, session: AsyncSession, display: str) -> None:
        """The codes first: whoever is just fetching a token by one has it, or gets none, before tokens are taken."""
        await _take(session, display)
        await self._tokens.revoke_display(session, display)


async def _take(session: AsyncSession, display: str) -> frozenset[str]:
    """The codes that were typed for a display, which nobody can use any more but who has them by this."""
    taken = delete(PairingRow).where(PairingRow.display_id == display).returning(PairingRow.code)
    return frozenset(await session.scalars(taken, execution_options={"synchronize_session": False}))


def _new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def _as_written(code: str) -> str:
    """As people type it: small letters, a space or hyphen in the middle."""
    return code.upper().replace(" ", "").replace("-", "")[:CODE_LENGTH]
