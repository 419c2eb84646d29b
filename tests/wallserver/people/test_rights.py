"""Who may do what, written out by hand; everything else is refused."""

from __future__ import annotations

import pytest
from fastapi import APIRouter, FastAPI

from wallserver.people.guard import RouteWithoutActionError, check_messages, check_routes, needs
from wallserver.people.rate_limits import RateLimits, Tried
from wallserver.people.rights import (
    ANONYMOUS,
    Action,
    DisplayToken,
    MetricsToken,
    Person,
    PlayerToken,
    Principal,
    Role,
    authorize,
)

ADMIN = Person("1", "admin", Role.ADMIN)
DISPLAY = DisplayToken("t", "d1")
PLAYER = PlayerToken("t", "cam.a.main")
ANY_PLAYER = PlayerToken("t", None)
METRICS = MetricsToken("t")

ALLOWED: dict[tuple[Action, str | None], set[Principal]] = {
    (Action.OPEN, None): {ANONYMOUS, ADMIN, DISPLAY, PLAYER, ANY_PLAYER, METRICS},
    (Action.SESSION_OWN, None): {ADMIN},
    (Action.CAMERAS_SEE, None): {ADMIN},
    (Action.CAMERAS_EDIT, None): {ADMIN},
    (Action.CAMERAS_MASK, None): {ADMIN},
    (Action.CAMERAS_REPLAY, None): {ADMIN},
    (Action.WALLS_SEE, None): {ADMIN},
    (Action.WALLS_EDIT, None): {ADMIN},
    (Action.DISPLAYS_SEE, None): {ADMIN},
    (Action.DISPLAYS_PAIR, None): {ADMIN},
    (Action.SESSIONS_SEE, None): {ADMIN},
    (Action.TOKENS_MAKE, None): {ADMIN},
    (Action.METRICS_READ, None): {ADMIN, METRICS},
    (Action.DISPLAY_SHOW, "d1"): {DISPLAY},
    (Action.DISPLAY_SHOW, "d2"): set(),
    (Action.DISPLAY_SHOW, None): set(),
    (Action.STREAM_WATCH, "cam.a.main"): {ADMIN, PLAYER, ANY_PLAYER},
    (Action.STREAM_WATCH, "cam.b.main"): {ADMIN, ANY_PLAYER},
    (Action.STREAM_WATCH, None): {ADMIN},
}


def test_every_action_has_a_row() -> None:
    assert {action for action, _ in ALLOWED} == set(Action)


@pytest.mark.parametrize(("action", "obj"), ALLOWED)
def test_the_matrix(action: Action, obj: str | None) -> None:
    everybody: list[Principal] = [ANONYMOUS, ADMIN, DISPLAY, PLAYER, ANY_PLAYER, METRICS]
    assert {who for who in everybody if authorize(who, action, obj)} == ALLOWED[action, obj]


def test_routes_say_their_action_or_the_server_does_not_start() -> None:
    router = APIRouter()

    @router.get("/a", dependencies=[needs(Action.OPEN)])
    async def a() -> None: ...

    @router.websocket("/w", dependencies=[needs(Action.OPEN)])
    async def w() -> None: ...

    outer = APIRouter()
    outer.include_router(router)
    app = FastAPI(openapi_url=None)
    app.include_router(outer)
    assert check_routes(app.routes) == {"GET /a": Action.OPEN, "WEBSOCKET /w": Action.OPEN}

    @router.post("/b")
    async def b() -> None: ...

    with pytest.raises(RouteWithoutActionError, match="POST /b declares 0 actions"):
        check_routes(app.routes)
    with pytest.raises(RouteWithoutActionError, match="cannot declare an action"):
        check_routes(FastAPI().routes)  # its own /docs and /openapi.json
    with pytest.raises(RouteWithoutActionError, match="'drawn'"):
        check_messages("/ws", {"drawn": (None, print)})  # type: ignore[dict-item]


def test_one_too_many_is_refused_for_that_one_alone() -> None:
    limits = RateLimits()
    for _ in range(5):
        assert limits.allows(Tried.SIGN_IN_AS_NAME, "10.0.0.1", "admin")
        assert limits.count(Tried.SIGN_IN_AS_NAME, "10.0.0.1", "admin")
    assert not limits.allows(Tried.SIGN_IN_AS_NAME, "10.0.0.1", "admin")
    assert not limits.count(Tried.SIGN_IN_AS_NAME, "10.0.0.1", "admin")
    assert limits.count(Tried.SIGN_IN_AS_NAME, "10.0.0.2", "admin")
    assert limits.count(Tried.SIGN_IN_AS_NAME, "10.0.0.1", "other")
    assert limits.count(Tried.PAIRING_CODE_WRONG, "10.0.0.1", "admin")
