"""Who may do what to what, written out by hand; everything else is refused."""

from __future__ import annotations

import pytest
from fastapi import APIRouter, FastAPI

from wallserver.people.guard import RouteWithoutActionError, check_messages, check_routes, needs
from wallserver.people.objects import Camera, Cells, Display, Object, Stream, Wall
from wallserver.people.rate_limits import RateLimits, Tried
from wallserver.people.rights import (
    ANONYMOUS,
    LEAST_ROLE,
    Action,
    DisplayToken,
    MetricsToken,
    Person,
    PlayerToken,
    Principal,
    Role,
    authorize,
    may_arrange,
)
from wallserver.people.scope import EVERYTHING, CameraGroup, CameraScope, Scope

ADMIN = Person("1", "admin", Role.ADMIN)
DISPLAY = DisplayToken("t", "d1")
PLAYER = PlayerToken("t", "cam.a.main")
ANY_PLAYER = PlayerToken("t", None)
METRICS = MetricsToken("t")
OTHERS: list[Principal] = [ANONYMOUS, DISPLAY, PLAYER, ANY_PLAYER, METRICS]

# Of each action the roles that may, from the least on; what those may who are no persons stands below.
ROLES = {
    Action.OPEN: "public viewer operator supervisor admin",
    Action.SESSION_OWN: "viewer operator supervisor admin",
    Action.CAMERAS_SEE: "viewer operator supervisor admin",
    Action.CAMERAS_REPLAY: "operator supervisor admin",
    Action.CAMERAS_STEER: "operator supervisor admin",
    Action.CAMERAS_TAKE: "supervisor admin",
    Action.CAMERAS_SWITCH: "supervisor admin",
    Action.CAMERAS_MASK: "admin",
    Action.CAMERAS_EDIT: "admin",
    Action.CAMERAS_PUBLISH: "admin",
    Action.PUBLIC_SEE: "operator supervisor admin",
    Action.PUBLIC_CUT: "supervisor admin",
    Action.WALLS_SEE: "viewer operator supervisor admin",
    Action.CELLS_ARRANGE: "operator supervisor admin",
    Action.WALLS_EDIT: "supervisor admin",
    Action.HANDOVERS: "operator supervisor admin",
    Action.DISPLAYS_SEE: "viewer operator supervisor admin",
    Action.DISPLAYS_PAIR: "supervisor admin",
    Action.DISPLAY_SHOW: "",
    Action.STREAM_WATCH: "viewer operator supervisor admin",
    Action.SESSIONS_SEE: "supervisor admin",
    Action.TOKENS_MAKE: "admin",
    Action.TOKENS_WITHDRAW: "admin",
    Action.METRICS_READ: "admin",
    Action.USERS_EDIT: "admin",
    Action.AUDIT_READ: "admin",
    Action.SETTINGS_SEE: "admin",
}
NO_PERSONS: dict[tuple[Action, Object | None], set[Principal]] = {
    (Action.OPEN, None): set(OTHERS),
    (Action.DISPLAY_SHOW, Display("d1")): {DISPLAY},
    (Action.STREAM_WATCH, Stream("cam.a.main", None)): {PLAYER, ANY_PLAYER},
    (Action.STREAM_WATCH, Stream("cam.b.main", None)): {ANY_PLAYER},
    (Action.METRICS_READ, None): {METRICS},
}
HARBOUR = Camera("a", "Ujung Tanah", "road")
LORONG = Camera("b", "Mariso", "lorong")


def person(role: Role, scope: Scope = EVERYTHING) -> Person:
    return Person("1", "somebody", role, scope)


@pytest.mark.parametrize("action", Action)
def test_a_role_may_what_is_written_here(action: Action) -> None:
    allowed = {role.value for role in Role if role is not Role.PUBLIC and authorize(person(role), action)}
    assert allowed | ({"public"} if authorize(ANONYMOUS, action) else set()) == set(ROLES[action].split())


@pytest.mark.parametrize("action", Action)
def test_who_is_no_person_may_what_is_written_here(action: Action) -> None:
    objects = [None, Display("d1"), Display("d2"), Stream("cam.a.main", None), Stream("cam.b.main", None), Wall("w")]
    for obj in objects:
        allowed = {who for who in OTHERS if authorize(who, action, obj)}
        expected = NO_PERSONS.get((action, None), set()) if obj is None or action is not Action.DISPLAY_SHOW else set()
        assert allowed == NO_PERSONS.get((action, obj), expected), obj


def test_every_action_of_people_has_a_least_role() -> None:
    assert set(LEAST_ROLE) == set(Action) - {Action.DISPLAY_SHOW}


def test_a_scope_of_cameras_holds_for_all_that_shows_them() -> None:
    mariso = Scope(cameras=CameraScope(groups=frozenset({CameraGroup("Mariso")})))
    who = person(Role.OPERATOR, mariso)
    both = frozenset({HARBOUR, LORONG})
    for action in (Action.CAMERAS_SEE, Action.CAMERAS_REPLAY):
        assert authorize(who, action, LORONG)
        assert not authorize(who, action, HARBOUR)
        assert not authorize(who, action, Camera("b-that-is-not-there"))
    watched = {
        Stream("cam.b.main", frozenset({LORONG})): True,
        Stream("cam.a.main", frozenset({HARBOUR})): False,
        Stream("mosaic.d1", frozenset({LORONG}), "w"): True,
        Stream("mosaic.d1", both, "w"): False,
        Stream("mosaic.d1", frozenset(), "w"): True,
        Stream("replay.r", frozenset({LORONG}), replayed=True): True,
        Stream("replay.r", None, replayed=True): False,
        Stream("nonsense", None): False,
    }
    assert {stream: authorize(who, Action.STREAM_WATCH, stream) for stream in watched} == watched


@pytest.mark.parametrize(
    ("scope", "seen"),
    [
        (CameraScope(), ""),
        (CameraScope(frozenset({"a"})), "a"),
        (CameraScope(groups=frozenset({CameraGroup("Mariso", "road")})), ""),
        (CameraScope(groups=frozenset({CameraGroup("Mariso", "lorong")})), "b"),
        (CameraScope(groups=frozenset({CameraGroup(place="road")})), "a"),
        (CameraScope(frozenset({"a", "c"}), frozenset({CameraGroup("Mariso")})), "abc"),
    ],
)
def test_a_scope_of_cameras_is_ids_and_groups(scope: CameraScope, seen: str) -> None:
    cameras = (HARBOUR, LORONG, Camera("c"))
    assert "".join(camera.id for camera in cameras if Scope(cameras=scope).has_camera(camera)) == seen


def test_who_only_sees_what_is_sees_no_replay() -> None:
    stream = Stream("replay.r", frozenset({LORONG}), replayed=True)
    assert not authorize(person(Role.VIEWER), Action.STREAM_WATCH, stream)
    assert authorize(person(Role.OPERATOR), Action.STREAM_WATCH, stream)


def test_a_scope_of_walls_holds_for_their_displays_and_mosaics() -> None:
    who = person(Role.SUPERVISOR, Scope(walls=frozenset({"w"})))
    for wall, may in (("w", True), ("v", False), (None, False)):
        assert authorize(who, Action.DISPLAYS_SEE, Display("d1", wall)) is may
        assert authorize(who, Action.DISPLAYS_PAIR, Display("d1", wall)) is may
    for wall, may in (("w", True), ("v", False)):
        assert authorize(who, Action.WALLS_SEE, Wall(wall)) is may
        assert authorize(who, Action.WALLS_EDIT, Wall(wall)) is may
        assert authorize(who, Action.STREAM_WATCH, Stream("mosaic.d1", frozenset(), wall)) is may
        assert may_arrange(who, wall, frozenset({("d1", "c1")})) is may
    assert authorize(who, Action.STREAM_WATCH, Stream("cam.a.main", frozenset({HARBOUR})))


def test_an_operator_rearranges_the_cells_that_are_theirs_and_sees_the_rest() -> None:
    who = person(Role.OPERATOR, Scope(displays={"d1": None, "d2": frozenset({"c1", "c2"}), "d3": frozenset()}))
    cases = {
        frozenset({("d1", "c9")}): True,
        frozenset({("d1", "c9"), ("d2", "c1"), ("d2", "c2")}): True,
        frozenset({("d2", "c3")}): False,
        frozenset({("d1", "c1"), ("d2", "c3")}): False,
        frozenset({("d3", "c1")}): False,
        frozenset({("d4", "c1")}): False,
        frozenset[tuple[str, str]](): True,
    }
    assert {cells: may_arrange(who, "w", cells) for cells in cases} == cases
    assert authorize(who, Action.WALLS_SEE, Wall("w"))
    assert authorize(who, Action.DISPLAYS_SEE, Display("d4", "w"))
    assert not may_arrange(person(Role.VIEWER), "w", frozenset({("d1", "c1")}))
    assert not may_arrange(DISPLAY, "w", frozenset({("d1", "c1")}))


def test_who_may_rearrange_some_displays_edits_no_wall_as_a_whole() -> None:
    who = person(Role.SUPERVISOR, Scope(displays={"d1": None, "d2": frozenset({"c1"})}))
    assert not authorize(who, Action.WALLS_EDIT, Wall("w"))
    assert authorize(who, Action.CELLS_ARRANGE, Wall("w"))
    pairs = {name: authorize(who, Action.DISPLAYS_PAIR, Display(name, "w")) for name in ("d1", "d2", "d3")}
    assert pairs == {"d1": True, "d2": False, "d3": False}
    assert authorize(person(Role.SUPERVISOR), Action.WALLS_EDIT, Wall("w"))


def test_who_has_a_password_of_somebody_elses_making_can_only_change_it() -> None:
    fresh = Person("1", "new", Role.ADMIN, must_change_password=True)
    assert {action for action in Action if authorize(fresh, action)} == {Action.OPEN, Action.SESSION_OWN}
    assert not authorize(fresh, Action.CAMERAS_SEE, HARBOUR)


def test_cells_of_an_object_that_names_none_do_not_pass_for_another() -> None:
    """A display's token names its display, whatever stands behind it; another object of this name is another."""
    assert authorize(DISPLAY, Action.DISPLAY_SHOW, Display("d1", "w"))
    for obj in (Display("d2"), Wall("d1"), Cells("w", frozenset({("d1", "c1")})), Camera("d1"), None):
        assert not authorize(DISPLAY, Action.DISPLAY_SHOW, obj)


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


@pytest.mark.parametrize(
    ("path", "of", "said"),
    [
        ("/c/{camera}", None, r"does not say whether {camera} is the object"),
        ("/c/{camera}", "wall", r"has no object {wall} in its path"),
        ("/w/{wall}/d/{display}", "wall", r"does not say whether {display} is the object"),
        ("/c/{thing:path}", None, r"does not say whether {thing} is the object"),
        ("/c/{session}", "session", r"has no object {session} in its path"),
        ("/c/{session}", None, r"does not say whether {session} is the object"),
        ("/w/{override}", None, r"does not say whether {override} is the object"),
    ],
)
def test_a_route_with_an_object_in_its_path_says_which(path: str, of: str | None, said: str) -> None:
    router = APIRouter()
    router.add_api_route(path, lambda: None, dependencies=[needs(Action.CAMERAS_SEE, of)])  # type: ignore[arg-type]
    with pytest.raises(RouteWithoutActionError, match=said):
        check_routes(router.routes)


def test_one_too_many_is_refused_for_that_one_alone() -> None:
    limits = RateLimits()
    for _ in range(5):
        assert limits.allows(Tried.SIGN_IN_AS_NAME, "10.0.0.1", "admin")
        assert limits.count(Tried.SIGN_IN_AS_NAME, "10.0.0.1", "admin")
    assert not limits.allows(Tried.SIGN_IN_AS_NAME, "10.0.0.1", "admin")
    assert not limits.count(Tried.SIGN_IN_AS_NAME, "10.0.0.1", "admin")
    assert 290 < limits.wait_s(Tried.SIGN_IN_AS_NAME, "10.0.0.1", "admin") <= 301
    assert limits.count(Tried.SIGN_IN_AS_NAME, "10.0.0.2", "admin")
    assert limits.count(Tried.SIGN_IN_AS_NAME, "10.0.0.1", "other")
    assert limits.count(Tried.PAIRING_CODE_WRONG, "10.0.0.1", "admin")
