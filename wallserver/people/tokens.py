"""Bearer tokens of displays, of WHEP players, and of programs that watch the site."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from typing import Any, Literal

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from wallserver.catalogue.database import DATABASE_AWAY, Database
from wallserver.catalogue.models import TokenRow
from wallserver.people.keys import key_hash, new_key
from wallserver.people.rights import DisplayToken, MetricsToken, PlayerToken

_DISPLAY, _PLAYER, _METRICS = "display", "whep", "metrics"

type TokenPrincipal = DisplayToken | PlayerToken | MetricsToken


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token of a player or of a program that watches the site; the key itself nobody keeps.

    `stream` is the only one that a player may watch, None any. `made_by` is None where nobody wrote it down; `made_ms`
    is Unix milliseconds.
    """

    id: str
    kind: Literal["player", "metrics"]
    label: str
    stream: str | None
    made_by: str | None
    made_ms: int

    def to_json(self) -> dict[str, Any]:
        """As administrators see it."""
        return asdict(self)


class Tokens:
    """Make, look up, withdraw."""

    def __init__(self, database: Database, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms
        self._known: dict[str, TokenPrincipal] = {}

    async def for_display(self, display: str) -> str:
        """A new token of a display, the only one that it then has."""
        async with self._database.session() as session, session.begin():
            return await self.exchange_display(session, display)

    async def exchange_display(self, session: AsyncSession, display: str) -> str:
        """The same, as a part of what is done in `session`."""
        key = new_key()
        await self.revoke_display(session, display)
        session.add(self._row(key, _DISPLAY, display, display_id=display))
        return key

    async def for_player(self, label: str, stream: str | None, made_by: str | None = None) -> str:
        """A new token of a WHEP player, for one stream or (None) any."""
        key = new_key()
        async with self._database.session() as session, session.begin():
            session.add(self._row(key, _PLAYER, label, stream=stream, made_by=made_by))
        return key

    async def for_metrics(self, label: str, made_by: str | None = None) -> str:
        """A new token of a program that reads the site's figures."""
        key = new_key()
        async with self._database.session() as session, session.begin():
            session.add(self._row(key, _METRICS, label, made_by=made_by))
        return key

    async def principal(self, key: str) -> TokenPrincipal | None:
        """Whose token it is; None if it is nobody's (any more).

        While the database is away, whose it was when it was last asked: a wall comes back without it too.
        """
        hashed = key_hash(key)
        try:
            found = await self._look_up(hashed)
        except DATABASE_AWAY:
            if hashed in self._known:
                return self._known[hashed]
            raise
        if found is None:
            self._known.pop(hashed, None)
        else:
            self._known[hashed] = found
        return found

    async def by_ids(self, tokens: Collection[str]) -> dict[str, TokenPrincipal]:
        """Whose the tokens of these ids are, those that are still there."""
        async with self._database.session() as session:
            rows = await session.scalars(select(TokenRow).where(TokenRow.id.in_(tokens)))
            return {row.id: _principal(row) for row in rows}

    async def listed(self) -> list[Token]:
        """Those of players and programs, the newest first. Displays have theirs by being paired."""
        query = select(TokenRow).where(TokenRow.kind != _DISPLAY).order_by(TokenRow.created_ms.desc(), TokenRow.id)
        async with self._database.session() as session:
            return [_token(row) for row in await session.scalars(query)]

    async def withdraw(self, token: str) -> Token | None:
        """Take the token of this id away from a player or program; what it was. None: neither has it (any more)."""
        withdrawn = delete(TokenRow).where(TokenRow.id == token, TokenRow.kind != _DISPLAY).returning(TokenRow)
        async with self._database.session() as session, session.begin():
            row = await session.scalar(withdrawn)
        if row is None:
            return None
        self._known.pop(row.key_hash, None)
        return _token(row)

    async def _look_up(self, hashed: str) -> TokenPrincipal | None:
        async with self._database.session() as session:
            row = await session.scalar(select(TokenRow).where(TokenRow.key_hash == hashed))
        return None if row is None else _principal(row)

    async def paired_displays(self) -> frozenset[str]:
        """The displays that have a token."""
        async with self._database.session() as session:
            return frozenset(
                display
                for display in await session.scalars(select(TokenRow.display_id).distinct())
                if display is not None
            )

    async def revoke_display(self, session: AsyncSession, display: str) -> None:
        """Take a display's token away, if it has one, as a part of what is done in `session`."""
        revoked = delete(TokenRow).where(TokenRow.display_id == display).returning(TokenRow.key_hash)
        for hashed in await session.scalars(revoked):
            self._known.pop(hashed, None)

    def _row(
        self,
        key: str,
        kind: str,
        label: str,
        *,
        display_id: str | None = None,
        stream: str | None = None,
        made_by: str | None = None,
    ) -> TokenRow:
        return TokenRow(
            id=str(uuid.uuid4()),
            key_hash=key_hash(key),
            kind=kind,
            label=label,
            display_id=display_id,
            stream=stream,
            made_by=made_by,
            created_ms=self._now_ms(),
        )


def _principal(row: TokenRow) -> TokenPrincipal:
    if row.kind == _DISPLAY and row.display_id is not None:
        return DisplayToken(row.id, row.display_id)
    if row.kind == _METRICS:
        return MetricsToken(row.id)
    return PlayerToken(row.id, row.stream)


def _token(row: TokenRow) -> Token:
    kind: Literal["player", "metrics"] = "metrics" if row.kind == _METRICS else "player"
    return Token(row.id, kind, row.label, row.stream, row.made_by, row.created_ms)
