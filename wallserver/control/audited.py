"""Writes down every change that was made: what the guard found out of it, once it is answered with success.

And tells gateways to ask again whether those who watch still may: there is no change after which somebody may not have
lost a right.
"""

from __future__ import annotations

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wallserver.catalogue.database import DATABASE_AWAY
from wallserver.control.site import Control
from wallserver.people.audit import Done

_log = structlog.get_logger(__name__)


class Audited:
    """ASGI middleware. The entry is there before the answer is; where it cannot be written, the log has it, and it is
    written once the database is back.

    A route that was done without the database says so (Done.behind): the entry would keep its answer back for as long
    as that is busy or away, and is written behind it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on, and write down what was done."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        behind: list[Done] = []

        async def written_down(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < 400:
                done: Done | None = state.pop("done", None)
                if done is not None and done.behind:
                    behind.append(done)
                elif done is not None:
                    await _write(scope, done)
            await send(message)

        await self._app(scope, receive, written_down)
        for done in behind:
            await _write(scope, done)


async def _write(scope: Scope, done: Done) -> None:
    control: Control = scope["app"].state.control
    # What was withdrawn holds already, and the entry may have to wait for a busy database.
    control.viewers.rights_changed()
    client = scope.get("client")
    try:
        await control.people.audit.add(done, client[0] if client else "-")
    except DATABASE_AWAY as error:
        _log.error(
            "the audit cannot be written",
            who=done.who,
            role=done.role,
            action=done.action,
            object=done.obj,
            after=done.after,
            reason=type(error).__name__,
        )
