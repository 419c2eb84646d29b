"""Who may do what: one function, deny by default.

A principal is whoever asks: nobody in particular, a person, a display, a WHEP player, a program that reads figures.
Every route and every WebSocket message names one Action; what no rule below allows is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Action(StrEnum):
    """What can be done. OPEN alone needs no sign-in: health, static pages, signing in, pairing."""

    OPEN = "open"
    SESSION_OWN = "session.own"  # who am I; sign out
    CAMERAS_SEE = "cameras.see"
    CAMERAS_EDIT = "cameras.edit"
    CAMERAS_MASK = "cameras.mask"  # say what of a camera nobody may see
    CAMERAS_REPLAY = "cameras.replay"  # see what was, not only what is
    WALLS_SEE = "walls.see"
    WALLS_EDIT = "walls.edit"
    DISPLAYS_SEE = "displays.see"
    DISPLAYS_PAIR = "displays.pair"
    DISPLAY_SHOW = "display.show"  # of one display: its plan, its pictures
    STREAM_WATCH = "stream.watch"  # of one stream: WHEP
    SESSIONS_SEE = "sessions.see"
    TOKENS_MAKE = "tokens.make"
    METRICS_READ = "metrics.read"


class Role(StrEnum):
    """What a person is. A later issue adds operators, supervisors, viewers and their scopes."""

    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Anonymous:
    """Nobody in particular."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signed in."""

    id: str
    name: str
    role: Role


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

_OF_ROLE = MappingProxyType(
    {
        Role.ADMIN: frozenset(
            {
                Action.SESSION_OWN,
                Action.CAMERAS_SEE,
                Action.CAMERAS_EDIT,
                Action.CAMERAS_MASK,
                Action.CAMERAS_REPLAY,
                Action.WALLS_SEE,
                Action.WALLS_EDIT,
                Action.DISPLAYS_SEE,
                Action.DISPLAYS_PAIR,
                Action.STREAM_WATCH,
                Action.SESSIONS_SEE,
                Action.TOKENS_MAKE,
                Action.METRICS_READ,
            }
        )
    }
)


def authorize(principal: Principal, action: Action, obj: str | None = None) -> bool:
    """Whether `principal` may do `action` to `obj`: a display's id, a stream's name, or None."""
    if action is Action.OPEN:
        return True
    match principal:
        case Person(role=role):
            return action in _OF_ROLE[role]
        case DisplayToken(display=display):
            return action is Action.DISPLAY_SHOW and obj == display
        case PlayerToken(stream=stream):
            return action is Action.STREAM_WATCH and obj is not None and stream in {None, obj}
        case MetricsToken():
            return action is Action.METRICS_READ
        case Anonymous():
            return False
