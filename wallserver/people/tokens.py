"""Bearer tokens of displays and WHEP players."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from sqlalchemy import delete, select

from wallserver.catalogue.database import Database
from wallserver.catalogue.models import TokenRow
from wallserver.people.keys import key_hash, new_key
from wallserver.people.rights import DisplayToken, PlayerToken

_DISPLAY, _PLAYER = "display", "whep"


class Tokens:
    """Make, look up, revoke."""

    def __init__(self, database: Database, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms

    async def for_display(self, display: str) -> str:
        """A new token of a display, the only one that it then has."""
        key = new_key()
        async with self._database.session() as session, session.begin():
            await session.execute(delete(TokenRow).where(TokenRow.display_id == display))
            session.add(self._row(key, _DISPLAY, display, display_id=display))
        return key

    async def for_player(self, label: str, stream: str | None) -> str:
        """A new token of a WHEP player, for one stream or (None) any."""
        key = new_key()
        async with self._database.session() as session, session.begin():
            session.add(self._row(key, _PLAYER, label, stream=stream))
        return key

    async def principal(self, key: str) -> DisplayToken | PlayerToken | None:
        """Whose token it is; None if it is nobody's (any more)."""
        async with self._database.session() as session:
            row = await session.scalar(select(TokenRow).where(TokenRow.key_hash == key_hash(key)))
        if row is None:
            return None
        if row.kind == _DISPLAY and row.display_id is not None:
            return DisplayToken(row.id, row.display_id)
        return PlayerToken(row.id, row.stream)

    async def paired_displays(self) -> frozenset[str]:
        """The displays that have a token."""
        async with self._database.session() as session:
            return frozenset(
                display
                for display in await session.scalars(select(TokenRow.display_id).distinct())
                if display is not None
            )

    async def revoke_display(self, display: str) -> bool:
        """Take a display's token away; whether it had one."""
        async with self._database.session() as session, session.begin():
            revoked = delete(TokenRow).where(TokenRow.display_id == display).returning(TokenRow.id)
            return (await session.scalars(revoked)).first() is not None

    def _row(
        self, key: str, kind: str, label: str, *, display_id: str | None = None, stream: str | None = None
    ) -> TokenRow:
        return TokenRow(
            id=str(uuid.uuid4()),
            key_hash=key_hash(key),
            kind=kind,
            label=label,
            display_id=display_id,
            stream=stream,
            created_ms=self._now_ms(),
        )
