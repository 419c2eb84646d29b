"""Scenes at times of the day, and changes for a while that return by themselves."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from layouts.commands_json import command_from_json
from layouts.errors import LayoutError
from layouts.wall_json import wall_to_json
from wallserver.catalogue.errors import StaleRevisionError
from wallserver.catalogue.timed import ALL_DAYS, Override, SceneTime
from wallserver.control.answers import ApiError
from wallserver.control.routes import ControlOf, WhoAsks, note
from wallserver.control.routes.on_walls import cannot_be, check_live, stale, wall_of, whose
from wallserver.control.wall_clock import OverriddenError, next_due_ms
from wallserver.people.guard import needs
from wallserver.people.rights import Action

router = APIRouter()

_LONGEST_MIN = 7 * 24 * 60

type Json = dict[str, Any]


class NewSceneTime(BaseModel):
    """Recall this scene at HH:MM of the site's time on these days, like "12345" (Monday is 1)."""

    model_config = ConfigDict(extra="forbid")

    scene: Annotated[str, Field(max_length=63)]
    at: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    days: Annotated[str, Field(pattern=r"^[1-7]{1,7}$")] = ALL_DAYS

    @field_validator("days")
    @classmethod
    def _each_once(cls, days: str) -> str:
        return "".join(sorted(set(days)))


class NewOverride(BaseModel):
    """A command, the revision that it was made for, and for how long: `minutes`, or until then (Unix milliseconds).

    `reason` is told with it. `live`: as in any other command (`walls.Change`).
    """

    model_config = ConfigDict(extra="forbid")

    base_revision: Annotated[int, Field(ge=1, lt=2**63)]
    command: Json
    minutes: Annotated[int, Field(ge=1, le=_LONGEST_MIN)] | None = None
    until_ms: Annotated[int, Field(ge=1, lt=2**53)] | None = None
    reason: Annotated[str, StringConstraints(max_length=200, strip_whitespace=True)] = ""
    live: bool = False

    @field_validator("reason")
    @classmethod
    def _can_be_seen(cls, reason: str) -> str:
        if not reason.isprintable():
            raise ValueError("has a character in it that cannot be seen")
        return reason

    @model_validator(mode="after")
    def _one_of_them(self) -> NewOverride:
        if (self.minutes is None) == (self.until_ms is None):
            raise ValueError("needs 'minutes' or 'until_ms', one of them")
        return self


@router.get("/api/walls/{wall}/schedule", dependencies=[needs(Action.WALLS_SEE, of="wall")])
async def schedule(wall: str, control: ControlOf) -> list[Json]:
    """The scenes at their times; `problem` says why one could not be recalled the last time."""
    wall_of(control, wall)
    return [_time_to_json(control, entry) for entry in control.clock.times_of(wall)]


@router.post("/api/walls/{wall}/schedule", dependencies=[needs(Action.WALLS_EDIT, of="wall")], status_code=201)
async def add_time(wall: str, new: NewSceneTime, control: ControlOf, who: WhoAsks) -> Json:
    """From the next time on."""
    there, by = wall_of(control, wall), whose(who).name
    try:
        return _time_to_json(control, await control.clock.add_time(there, new.scene, new.at, new.days, by, who))
    except LayoutError as error:
        raise cannot_be(error) from error


@router.delete(
    "/api/walls/{wall}/schedule/{entry}", dependencies=[needs(Action.WALLS_EDIT, of="wall")], status_code=204
)
async def remove_time(wall: str, entry: str, control: ControlOf) -> None:
    """No more."""
    wall_of(control, wall)
    await control.clock.remove_time(wall, entry)


@router.get("/api/walls/{wall}/overrides", dependencies=[needs(Action.WALLS_SEE, of="wall")])
async def overrides(wall: str, control: ControlOf) -> list[Json]:
    """What is there for a while, the first to return first; `problem` says why one could not return when it was to."""
    wall_of(control, wall)
    return [_override_to_json(control, override) for override in control.clock.overrides_of(wall)]


@router.post("/api/walls/{wall}/overrides", dependencies=[needs(Action.CELLS_ARRANGE, of="wall")], status_code=201)
async def override(wall: str, new: NewOverride, control: ControlOf, who: WhoAsks, request: Request) -> Json:
    """Do a command for a while: the wall after it, and the override. What others change meanwhile stays then."""
    before, now_ms = wall_of(control, wall), control.now_ms()
    if before.revision != new.base_revision:
        raise await stale(control, before, new.base_revision)
    until_ms = new.until_ms if new.until_ms is not None else now_ms + (new.minutes or 0) * 60_000
    if not now_ms < until_ms <= now_ms + _LONGEST_MIN * 60_000:
        raise ApiError(422, "It has to end after now, and within a week.", reason="ends")
    try:
        wanted = command_from_json(new.command)
        check_live(control, who, wall, wanted, said=new.live)
        after, made = await control.clock.override(before, wanted, until_ms, whose(who).name, who, new.reason)
    except LayoutError as error:
        raise cannot_be(error) from error
    except OverriddenError as error:
        told = _override_to_json(control, error.override)
        raise ApiError(409, str(error), reason="overridden", override=told) from error
    except StaleRevisionError as error:
        raise await stale(control, error.current, new.base_revision) from error
    told = {"revision": after.revision, "command": new.command, "until_ms": until_ms, "reason": new.reason}
    note(request, before={"revision": before.revision}, after=told)
    return {"override": _override_to_json(control, made), "wall": wall_to_json(after)}


@router.delete(
    "/api/walls/{wall}/overrides/{override}", dependencies=[needs(Action.CELLS_ARRANGE, of="wall")], status_code=204
)
async def end_override(wall: str, override: str, control: ControlOf, who: WhoAsks) -> None:
    """Return now."""
    base = wall_of(control, wall).revision
    try:
        there_was = await control.clock.end(wall, override, whose(who).name, who)
    except LayoutError as error:
        raise cannot_be(error) from error
    except StaleRevisionError as error:
        raise await stale(control, error.current, base) from error
    if not there_was:
        raise ApiError(404, "There is no such override (any more).")


def _time_to_json(control: ControlOf, entry: SceneTime) -> Json:
    return {
        "id": entry.id,
        "scene": entry.scene,
        "at": entry.at,
        "days": entry.days,
        "made_by": entry.made_by,
        "made_ms": entry.made_ms,
        "next_ms": next_due_ms(entry.at, entry.days, control.clock.zone, control.now_ms()),
        **_problem_to_json(control, entry.id),
    }


def _override_to_json(control: ControlOf, override: Override) -> Json:
    return {
        "id": override.id,
        "revision": override.after,
        "until_ms": override.until_ms,
        "made_by": override.made_by,
        "made_ms": override.made_ms,
        **_problem_to_json(control, override.id),
    }


def _problem_to_json(control: ControlOf, of: str) -> Json:
    """Why it could not be done the last time it was due, and for other languages than English the reason."""
    problem = control.clock.problems.get(of)
    return {
        "problem": None if problem is None else str(problem),
        "problem_reason": None if problem is None else problem.reason,
    }
