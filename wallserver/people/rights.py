"""Who may do what to what: one function, deny by default.

A principal is whoever asks: nobody in particular, a person, a display, a WHEP player, a program that reads figures.
Every route and every WebSocket message names one Action; what no rule below allows is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from wallserver.people.objects import Camera, Cells, Display, Object, Stream, User, Wall
from wallserver.people.scope import EVERYTHING, Scope


class Action(StrEnum):
    """What can be done. OPEN alone needs no sign-in: health, static pages, signing in, pairing."""

    OPEN = "open"
    SESSION_OWN = "session.own"  # who am I; my password; sign out
    CAMERAS_SEE = "cameras.see"
    CAMERAS_MASK = "cameras.mask"  # say what of a camera nobody may see
    CAMERAS_REPLAY = "cameras.replay"  # see what was, not only what is
    CAMERAS_STEER = "cameras.steer"  # turn one that can be turned
    CAMERAS_TAKE = "cameras.take"  # from whoever steers it
    CAMERAS_SWITCH = "cameras.switch"  # off and on; what a camera should show
    CAMERAS_EDIT = "cameras.edit"  # the catalogue
    CAMERAS_PUBLISH = "cameras.publish"  # show a camera to anybody
    PUBLIC_SEE = "public.see"  # what is published, and how many watch it
    PUBLIC_CUT = "public.cut"  # off from the public, and on again
    WALLS_SEE = "walls.see"
    CELLS_ARRANGE = "cells.arrange"  # of some cells: what they show, and where
    WALLS_EDIT = "walls.edit"  # of a wall as a whole
    HANDOVERS = "handovers"  # read, leave and confirm notes of shifts
    DISPLAYS_SEE = "displays.see"
    DISPLAYS_PAIR = "displays.pair"
    DISPLAY_SHOW = "display.show"  # of one display: its plan, its pictures
    STREAM_WATCH = "stream.watch"  # of one stream: WHEP, HLS
    SESSIONS_SEE = "sessions.see"
    TOKENS_MAKE = "tokens.make"
    TOKENS_WITHDRAW = "tokens.withdraw"  # of players and programs: see which there are, and end one
    METRICS_READ = "metrics.read"
    USERS_EDIT = "users.edit"
    AUDIT_READ = "audit.read"
    SETTINGS_SEE = "settings.see"


class Role(StrEnum):
    """What a person is: each may do what those before it may. `public` is whoever has not signed in."""

    PUBLIC = "public"
    VIEWER = "viewer"
    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


# The least role that may. DISPLAY_SHOW is for no person: displays alone show.
LEAST_ROLE: Mapping[Action, Role] = MappingProxyType(
    {
        Action.OPEN: Role.PUBLIC,
        Action.SESSION_OWN: Role.VIEWER,
        Action.CAMERAS_SEE: Role.VIEWER,
        Action.STREAM_WATCH: Role.VIEWER,
        Action.WALLS_SEE: Role.VIEWER,
        Action.DISPLAYS_SEE: Role.VIEWER,
        Action.CAMERAS_REPLAY: Role.OPERATOR,
        Action.CAMERAS_STEER: Role.OPERATOR,
        Action.CELLS_ARRANGE: Role.OPERATOR,
        Action.HANDOVERS: Role.OPERATOR,
        Action.PUBLIC_SEE: Role.OPERATOR,
        Action.WALLS_EDIT: Role.SUPERVISOR,
        Action.DISPLAYS_PAIR: Role.SUPERVISOR,
        Action.CAMERAS_SWITCH: Role.SUPERVISOR,
        Action.CAMERAS_TAKE: Role.SUPERVISOR,
        Action.PUBLIC_CUT: Role.SUPERVISOR,
        Action.SESSIONS_SEE: Role.SUPERVISOR,
        Action.CAMERAS_EDIT: Role.ADMIN,
        Action.CAMERAS_PUBLISH: Role.ADMIN,
        Action.CAMERAS_MASK: Role.ADMIN,
        Action.TOKENS_MAKE: Role.ADMIN,
        Action.TOKENS_WITHDRAW: Role.ADMIN,
        Action.METRICS_READ: Role.ADMIN,
        Action.USERS_EDIT: Role.ADMIN,
        Action.AUDIT_READ: Role.ADMIN,
        Action.SETTINGS_SEE: Role.ADMIN,
    }
)
_RANK = {role: rank for rank, role in enumerate(Role)}
# Asked for each of thousands of cameras, so worked out once.
_ACTIONS = {
    role: frozenset(action for action, least in LEAST_ROLE.items() if _RANK[role] >= _RANK[least]) for role in Role
}
_ACTIONS_AT_FIRST = frozenset({Action.OPEN, Action.SESSION_OWN})

# What changes nothing on a wall or a display: for anything else the whole of it has to be within the scope.
_LOOKS = frozenset({Action.WALLS_SEE, Action.DISPLAYS_SEE, Action.STREAM_WATCH})


@dataclass(frozen=True, slots=True)
class Anonymous:
    """Nobody in particular."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signed in; `session` names the session, and is no secret.

    `must_change_password`: theirs was made by somebody else; until it is changed they can do nothing but that.
    """

    id: str
    name: str
    role: Role
    scope: Scope = EVERYTHING
    must_change_password: bool = False
    session: str = ""


@dataclass(frozen=True, slots=True)
class DisplayToken:
    """A paired display."""

    token: str
    display: str


@dataclass(frozen=True, slots=True)
class PlayerToken:
    """A WHEP player; `stream` is the only one that it may watch, None any."""

    token: str
    stream: str | None


@dataclass(frozen=True, slots=True)
class MetricsToken:
    """A program that watches the site, as Prometheus does: it gets figures, and nothing else."""

    token: str


type Principal = Anonymous | Person | DisplayToken | PlayerToken | MetricsToken
ANONYMOUS = Anonymous()


def authorize(principal: Principal, action: Action, obj: Object | None = None) -> bool:
    """Whether `principal` may do `action` to `obj`.

    Without an object: whether they may do it to anything at all; a list then shows only what each of its objects
    allows.
    """
    if action is Action.OPEN:
        return True
    match principal:
        case Person():
            return action in actions_of(principal) and _is_within(principal, action, obj)
        case DisplayToken(display=display):
            return action is Action.DISPLAY_SHOW and isinstance(obj, Display) and obj.id == display
        case PlayerToken(stream=stream):
            return action is Action.STREAM_WATCH and isinstance(obj, Stream) and stream in {None, obj.name}
        case MetricsToken():
            return action is Action.METRICS_READ
        case Anonymous():
            return False


def actions_of(person: Person) -> frozenset[Action]:
    """What somebody may do somewhere."""
    return _ACTIONS_AT_FIRST if person.must_change_password else _ACTIONS[person.role]


def may_arrange(principal: Principal, wall: str, touched: frozenset[tuple[str, str]]) -> bool:
    """Whether all of these cells of a wall, each as (display, cell), are theirs to rearrange."""
    return authorize(principal, Action.CELLS_ARRANGE, Cells(wall, touched))


def _is_within(person: Person, action: Action, obj: Object | None) -> bool:
    scope = person.scope
    match obj:
        case None | User():
            return True
        case Camera():
            return scope.has_camera(obj)
        case Stream(replayed=True) if Action.CAMERAS_REPLAY not in actions_of(person):
            return False
        case Stream(cameras=None):
            return scope.cameras is None and scope.walls is None
        case Stream(cameras=cameras, wall=wall):
            return (wall is None or scope.has_wall(wall)) and all(map(scope.has_camera, cameras or ()))
        case Wall(id=wall):
            whole = scope.displays is None or action in _LOOKS or action is Action.CELLS_ARRANGE  # which says cells
            return scope.has_wall(wall) and whole
        case Display(id=display, wall=wall):
            return scope.has_wall(wall) and (action in _LOOKS or scope.has_display(display))
        case Cells(wall=wall, cells=cells):
            return scope.has_wall(wall) and all(scope.has_cell(*cell) for cell in cells)
