"""The guard before every route: who asks, and whether they may. Without one the server refuses to start."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol, get_args

from fastapi import Depends
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from wallserver.people.audit import Done, who_is
from wallserver.people.objects import Object
from wallserver.people.rights import ANONYMOUS, Action, Person, Principal, authorize

if TYPE_CHECKING:
    from wallserver.people import People

COOKIE = "ws_session"
CSRF_HEADER = "x-wallserver"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_ORIGIN_SCHEMES = {"ws": "http", "wss": "https"}
# To watch is no change; and whoever tries every way to the pictures would fill the audit.
_NOT_WRITTEN_DOWN = frozenset({Action.OPEN, Action.STREAM_WATCH, Action.DISPLAY_SHOW})

type ObjectKind = Literal["camera", "stream", "replay", "wall", "display", "user"]
"""What a path can name that somebody may have a right to, by the name of its parameter."""
OBJECT_KINDS: frozenset[str] = frozenset(get_args(ObjectKind.__value__))
# Parameters of paths that are a part of the object in the same path, and add nothing to the right.
PARTS = frozenset({"session", "shown", "revision", "entry", "override"})
# Parameters that name what is nobody's in particular: who may read any note of a shift, or end any token, may each one.
_COMMON = frozenset({"note", "token"})


class Objects(Protocol):
    """Knows what the names in paths stand for. What is not there is an object too, of no group and on no wall."""

    def of_path(self, kind: ObjectKind, name: str) -> Object:
        """The object of this kind and name."""


class Refused(Exception):  # noqa: N818 - reads as what happened
    """Not signed in (401), signed in but not allowed (403), or from another site's page (403)."""

    def __init__(self, status: int, message: str, **more: object) -> None:
        super().__init__(message)
        self.status = status
        self.more = more


class RouteWithoutActionError(Exception):
    """A route or message that does not say which action it is, or to what; the server must not start with it."""


class Needs:
    """The dependency that a route declares: `dependencies=[needs(Action.X, of="display")]`.

    `of` names the path parameter with the object of the action, which is its kind too. `changes`: whether a request
    that is no GET changes anything; else it is not written down, and nobody's rights are asked for again. Leaves the
    principal in `request.state`, and for a change what is to be written down of it.
    """

    def __init__(self, action: Action, of: ObjectKind | None, *, changes: bool) -> None:
        self.action = action
        self.of = of
        self.changes = changes and action not in _NOT_WRITTEN_DOWN

    async def __call__(self, connection: HTTPConnection) -> None:
        connection.state.principal = ANONYMOUS
        is_unsafe = connection.scope.get("method", "GET") not in _SAFE_METHODS
        principal, by_cookie = await self._who_asks(connection)
        if by_cookie and is_unsafe and CSRF_HEADER not in connection.headers:
            raise Refused(403, "A change with a session's cookie needs the header X-Wallserver: 1.")
        name = connection.path_params[self.of] if self.of else None
        obj = connection.app.state.objects.of_path(self.of, name) if self.of else None
        check(principal, self.action, obj)
        if (by_cookie or self.action is Action.OPEN) and (is_unsafe or connection.scope["type"] == "websocket"):
            _check_origin(connection)
        connection.state.principal = principal
        if is_unsafe and self.changes:
            connection.state.done = Done(*who_is(principal), self.action, name or "")

    async def _who_asks(self, connection: HTTPConnection) -> tuple[Principal, bool]:
        if self.action is Action.OPEN:
            return ANONYMOUS, False
        # Who opens something, as a playlist is opened, has it after the moment for which somebody is remembered.
        only_looks = connection.scope.get("method", "GET") in _SAFE_METHODS and self.action is not Action.STREAM_WATCH
        return await who_asks(connection.app.state.people, connection, only_looks=only_looks)


class GuardedRoute(APIRoute):
    """A route whose guard lets somebody through before a byte of the body is read: where bodies may be large.

    FastAPI reads the body first, and asks its dependencies, the guard among them, then.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """As FastAPI calls it, once."""
        handle = super().get_route_handler()
        guards = [one.dependency for one in self.dependencies if isinstance(one.dependency, Needs)]

        async def guarded(request: Request) -> Response:
            for guard in guards:
                await guard(request)
            return await handle(request)

        return guarded


def needs(action: Action, of: ObjectKind | None = None, *, changes: bool = True) -> Any:
    """Declare a route's action, and where it changes nothing though it is no GET, that."""
    return Depends(Needs(action, of, changes=changes))


def principal_of(connection: HTTPConnection) -> Principal:
    """Who asks, as the guard found out."""
    principal: Principal = connection.state.principal
    return principal


def check(principal: Principal, action: Action, obj: Object | None) -> None:
    """Raises Refused unless `authorize` allows it."""
    if authorize(principal, action, obj):
        return
    if principal == ANONYMOUS:
        raise Refused(401, "Sign in first, or send a bearer token.")
    if isinstance(principal, Person) and principal.must_change_password:
        raise Refused(403, "Choose a password of your own first.", must_change_password=True)
    raise Refused(403, "You may not do this.")


def cookie_of(connection: HTTPConnection) -> str:
    """What the session's cookie is called.

    Over TLS by the prefix with which a browser takes it from this very host and by TLS alone (RFC 6265bis, 4.1.3.2):
    else another host of the domain, or whoever is in between, could put a session of its own in its place.
    """
    return f"__Host-{COOKIE}" if connection.url.scheme in {"https", "wss"} else COOKIE


async def who_asks(people: People, connection: HTTPConnection, *, only_looks: bool) -> tuple[Principal, bool]:
    """The principal, and whether a cookie said so. Refused for a bearer token that is nobody's.

    `only_looks`: what another process took away a moment ago may count still.
    """
    scheme, _, key = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        principal = await people.tokens.principal(key.strip())
        if principal is None:
            raise Refused(401, "This bearer token is not known here (any more).")
        return principal, False
    if cookie := connection.cookies.get(cookie_of(connection)):
        person = await (people.sessions.lately(cookie) if only_looks else people.sessions.person(cookie))
        if person is not None:
            return person, True
    return ANONYMOUS, False


def _check_origin(connection: HTTPConnection) -> None:
    """A page of another site must neither change anything here nor open our sockets, whatever its browser sends along.

    A program that is no browser sends no Origin (RFC 6454); it has no cookie that a browser could be made to lend.
    """
    origin = connection.headers.get("origin")
    scheme = _ORIGIN_SCHEMES.get(connection.url.scheme, connection.url.scheme)
    if origin is not None and origin != f"{scheme}://{connection.headers.get('host', '')}":
        raise Refused(403, "This came from a page of another site.")


def check_routes(routes: Sequence[BaseRoute]) -> dict[str, Action]:
    """Every route's action by "METHOD path".

    RouteWithoutActionError for one that declares none, or two, or not what the object in its path is.
    """
    return {route: guard.action for route, guard in guards_of(routes).items()}


def guards_of(routes: Sequence[BaseRoute]) -> dict[str, Needs]:
    """Every route's guard, as `check_routes` checks them."""
    found: dict[str, Needs] = {}
    for route in _flat(routes):
        if not isinstance(route, APIRoute | APIWebSocketRoute):
            raise RouteWithoutActionError(f"{route!r} is a kind of route that cannot declare an action")
        guards = [one.dependency for one in route.dependencies if isinstance(one.dependency, Needs)]
        methods = sorted(route.methods or ()) if isinstance(route, APIRoute) else ["WEBSOCKET"]
        if len(guards) != 1:
            raise RouteWithoutActionError(f"{methods[0]} {route.path} declares {len(guards)} actions, not one")
        _check_object(f"{methods[0]} {route.path}", route.path, guards[0])
        for method in methods:
            found[f"{method} {route.path}"] = guards[0]
    return found


def _check_object(said: str, path: str, guard: Needs) -> None:
    if guard.action is Action.OPEN:
        return
    parameters = frozenset(re.findall(r"{(\w+)(?::\w+)?}", path))
    if guard.of is not None and guard.of not in parameters & OBJECT_KINDS:
        raise RouteWithoutActionError(f"{said} has no object {{{guard.of}}} in its path")
    said_of = _COMMON if guard.of is None else _COMMON | PARTS | {guard.of}
    if unsaid := sorted(parameters - said_of):
        raise RouteWithoutActionError(f"{said} does not say whether {{{unsaid[0]}}} is the object of its action")


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
