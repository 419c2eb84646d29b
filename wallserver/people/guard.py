"""The guard before every route: who asks, and whether they may. Without one the server refuses to start."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from fastapi import Depends
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute

from wallserver.people.rights import ANONYMOUS, Action, Principal, authorize

if TYPE_CHECKING:
    from wallserver.people import People

COOKIE = "ws_session"
CSRF_HEADER = "x-wallserver"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Refused(Exception):  # noqa: N818 - reads as what happened
    """Not signed in (401), signed in but not allowed (403), or from another site's page (403)."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class RouteWithoutActionError(Exception):
    """A route or message that does not say which action it is; the server must not start with it."""


class Needs:
    """The dependency that a route declares: `dependencies=[needs(Action.X, of="display")]`.

    `of` names the path parameter with the object of the action. Leaves the principal in `request.state`.
    """

    def __init__(self, action: Action, of: str | None) -> None:
        self.action = action
        self.of = of

    async def __call__(self, connection: HTTPConnection) -> None:
        connection.state.principal = ANONYMOUS
        if self.action is Action.OPEN:
            return
        principal, by_cookie = await who_asks(connection.app.state.people, connection)
        method = connection.scope.get("method", "GET")
        if by_cookie and method not in _SAFE_METHODS and CSRF_HEADER not in connection.headers:
            raise Refused(403, "A change with a session's cookie needs the header X-Wallserver: 1.")
        check(principal, self.action, connection.path_params[self.of] if self.of else None)
        connection.state.principal = principal


def needs(action: Action, of: str | None = None) -> Any:
    """Declare a route's action."""
    return Depends(Needs(action, of))


def principal_of(connection: HTTPConnection) -> Principal:
    """Who asks, as the guard found out."""
    principal: Principal = connection.state.principal
    return principal


def check(principal: Principal, action: Action, obj: str | None) -> None:
    """Raises Refused unless `authorize` allows it."""
    if authorize(principal, action, obj):
        return
    if principal == ANONYMOUS:
        raise Refused(401, "Sign in first, or send a bearer token.")
    raise Refused(403, "You may not do this.")


async def who_asks(people: People, connection: HTTPConnection) -> tuple[Principal, bool]:
    """The principal, and whether a cookie said so. Refused for a bearer token that is nobody's."""
    scheme, _, key = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        principal = await people.tokens.principal(key.strip())
        if principal is None:
            raise Refused(401, "This bearer token is not known here (any more).")
        return principal, False
    if cookie := connection.cookies.get(COOKIE):
        person = await people.accounts.of_session(cookie)
        if person is not None:
            return person, True
    return ANONYMOUS, False


def check_routes(routes: Sequence[BaseRoute]) -> dict[str, Action]:
    """Every route's action by "METHOD path". RouteWithoutActionError for one that declares none, or two."""
    found: dict[str, Action] = {}
    for route in _flat(routes):
        if not isinstance(route, APIRoute | APIWebSocketRoute):
            raise RouteWithoutActionError(f"{route!r} is a kind of route that cannot declare an action")
        guards = [one.dependency for one in route.dependencies if isinstance(one.dependency, Needs)]
        methods = sorted(route.methods or ()) if isinstance(route, APIRoute) else ["WEBSOCKET"]
        if len(guards) != 1:
            raise RouteWithoutActionError(f"{methods[0]} {route.path} declares {len(guards)} actions, not one")
        for method in methods:
            found[f"{method} {route.path}"] = guards[0].action
    return found


def check_messages(socket: str, handlers: dict[str, tuple[Action, Callable[..., Any]]]) -> None:
    """Raises RouteWithoutActionError if a WebSocket's message type declares no action."""
    for name, (action, _) in handlers.items():
        if not isinstance(action, Action):
            raise RouteWithoutActionError(f"message {name!r} of {socket} declares no action")


def _flat(routes: Sequence[BaseRoute]) -> Iterator[BaseRoute]:
    for route in routes:
        # FastAPI keeps an included router as one route that holds the router.
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from _flat(inner.routes)
        else:
            yield route
