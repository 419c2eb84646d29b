"""Whose turn it is in a tour. Pure: the tour, its cells, how its cameras are, the time → who shows, who follows.

All cells of a wall with one tour share it: its cameras go round over all of them, none is in two cells at a time, and
the cells take their turns one after the other, not all at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import blake2b
from heapq import heapify, heappop
from types import MappingProxyType

from ingest.schedule import Risk
from layouts.tours import Tour

# How long before its turn a camera's stream is asked for, so that its picture is at hand when it comes.
AHEAD_MS = 10_000
# How much longer a turn waits for a camera whose picture does not come; then another one has its turn.
PATIENCE_MS = 5_000
# After that the order `risk` tries it again so much later, then twice as much, up to its interval. Neither at once nor
# each minute: a few whose pictures never come in time would take the turns of all others.
_RETRY_MS = 60_000
_GREEN_MS = 3_600_000
# How often a place is looked at that waits for a picture, or for a camera that can be had at all.
_LOOK_MS, _LOOK_SELDOM_MS = 250, 1000
_RISKS: tuple[Risk, ...] = ("red", "yellow", "green")

type Place = str  # a cell, or the cells of one span, which show the same
type _Waiting = tuple[float, float, int, str]  # a camera behind what decides whose turn it is: the least comes first


@dataclass(frozen=True, slots=True)
class Turn:
    """A place shows `camera` from `since_ms` to `until_ms`, then `following`, chosen at `chosen_ms`. None: there is
    none. `step` counts the place's turns. Unix milliseconds."""

    camera: str | None
    since_ms: int
    until_ms: int
    step: int
    following: str | None = None
    chosen_ms: int = 0

    @property
    def ahead_ms(self) -> int:
        """From when on the stream of the one that follows is needed."""
        return max(self.chosen_ms, self.until_ms - AHEAD_MS)


@dataclass(frozen=True, slots=True)
class Turns:
    """A tour under way since `began_ms`: the turns of its places, and what the next choices are made of.

    `last_ms`: when each camera was chosen last; `last`: the one that was chosen last of all. `rounds`: of a random
    order, in which round each camera came last, and `round`, the one that goes on. `put_off_ms`: of the order `risk`,
    for how long each camera was put off that was chosen last time and never shown.
    """

    began_ms: int
    places: Mapping[Place, Turn] = MappingProxyType({})
    last_ms: Mapping[str, int] = MappingProxyType({})
    last: str | None = None
    rounds: Mapping[str, int] = MappingProxyType({})
    round: int = 1
    put_off_ms: Mapping[str, int] = MappingProxyType({})


@dataclass(slots=True)
class Cameras:
    """A tour's cameras in their order with their risks, and how they are: without a picture (`is_dead`), or with one
    that can be had at once (`is_ready`). `seems_dead` is for choosing among thousands, and may be some seconds old."""

    risks: Mapping[str, Risk]
    is_dead: Callable[[str], bool]
    is_ready: Callable[[str], bool]
    seems_dead: Callable[[str], bool]
    order: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.order = {camera: index for index, camera in enumerate(self.risks)}


@dataclass(slots=True)
class _Look:
    """One look at a tour. Who waits is sorted once for all its places, as thousands may have to be asked about: those
    `waiting` are a heap (None: not sorted yet), those found `dead` are in their order and not asked about again."""

    tour: Tour
    cameras: Cameras
    now_ms: int
    waiting: list[_Waiting] | None = None
    dead: list[_Waiting] = field(default_factory=list)


def resumed(tour: Tour, places: Mapping[Place, Turn], last_ms: Mapping[str, int], now_ms: int) -> Turns:
    """The tour that goes on after a restart: the turns of its places, and when each camera was shown last."""
    last = max(last_ms, key=last_ms.__getitem__, default=None)
    turns = Turns(now_ms, places, last_ms, last)
    if tour.order != "random" or last is None:
        return turns
    # Which round it was is written down nowhere: whoever had none of the last turns, as many as there are cameras,
    # comes first. What follows has numbers that no round had before, or each restart would begin the same one again.
    whole_round_ms = len(last_ms) * tour.dwell_s * 1000 // max(1, len(places))
    number = 1 + max((turn.step for turn in places.values()), default=0)
    rounds = {camera: number for camera, at_ms in last_ms.items() if at_ms > last_ms[last] - whole_round_ms}
    return replace(turns, rounds=MappingProxyType(rounds), round=number)


def advanced(turns: Turns, tour: Tour, places: Sequence[Place], cameras: Cameras, now_ms: int) -> Turns:
    """The tour as it is at `now_ms`; the very same object where nothing is due."""
    turns = _not_ahead(turns, now_ms)
    if turns.places.keys() != set(places):
        there = {place: turn for place, turn in turns.places.items() if place in places}
        turns = replace(turns, places=MappingProxyType(there))
    look = _Look(tour, cameras, now_ms)
    for index, place in enumerate(places):
        # The first turns are of different lengths, so that the next ones come one after the other.
        first_until_ms = now_ms + tour.dwell_s * 1000 * (index + 1) // len(places)
        if place not in turns.places:
            turns, camera = _chosen(turns, look, or_dead=True)
            turns = _with(turns, place, Turn(camera, now_ms, first_until_ms, 1))
        turn = turns.places[place]
        # A dwell made shorter ends the turns that go on, too: those that were longer already, one after the other.
        dwelt_ms = turn.since_ms + tour.dwell_s * 1000
        until_ms = min(turn.until_ms, dwelt_ms if dwelt_ms > now_ms else first_until_ms)
        if until_ms < turn.until_ms:
            turns = _with(turns, place, replace(turn, until_ms=until_ms))
    for place in places:
        turns = _let_go(turns, place, look)
    for place in places:
        turns = _followed(turns, place, look)
        turns = _taken(turns, place, look)
    return turns


def wakes_at(turns: Turns, now_ms: int) -> int | None:
    """When something may be due next, if nothing happens to its cameras; None for a tour without places."""
    due = [at for turn in turns.places.values() for at in (turn.until_ms, turn.ahead_ms) if at > now_ms]
    late = [turn for turn in turns.places.values() if turn.until_ms <= now_ms]
    due += [now_ms + (_LOOK_MS if turn.following else _LOOK_SELDOM_MS) for turn in late]
    return min(due, default=None)


def _not_ahead(turns: Turns, now_ms: int) -> Turns:
    """What has happened lies in the past. Where it does not, the clock was set back, and what it said before is moved
    by so much: turns go on where they were, and cameras keep their distances. What happened before the clock went
    wrong stays where it is."""
    happened = [at for turn in turns.places.values() for at in (turn.since_ms, turn.chosen_ms)]
    ahead_ms = max(turns.began_ms, turns.last_ms.get(turns.last or "", 0), *happened) - now_ms
    if ahead_ms <= 0:
        return turns

    def moved(at_ms: int) -> int:
        return at_ms - ahead_ms if at_ms > now_ms else at_ms

    places = {
        place: replace(
            turn,
            since_ms=moved(turn.since_ms),
            until_ms=turn.until_ms - (turn.since_ms - moved(turn.since_ms)),
            chosen_ms=moved(turn.chosen_ms),
        )
        for place, turn in turns.places.items()
    }
    last_ms = {camera: moved(at_ms) for camera, at_ms in turns.last_ms.items()}
    return replace(
        turns, began_ms=moved(turns.began_ms), places=MappingProxyType(places), last_ms=MappingProxyType(last_ms)
    )


def _let_go(turns: Turns, place: Place, look: _Look) -> Turns:
    """Without the one that was to follow, if it cannot."""
    turn, cameras, now_ms = turns.places[place], look.cameras, look.now_ms
    if turn.following is None:
        return turns
    waited = now_ms >= max(turn.until_ms, turn.ahead_ms + AHEAD_MS) + PATIENCE_MS
    gone = turn.following not in cameras.risks or cameras.is_dead(turn.following)
    if not gone and not (waited and not cameras.is_ready(turn.following)):
        return turns
    turns = _with(turns, place, replace(turn, following=None))
    return _put_off(turns, turn.following, look)


def _followed(turns: Turns, place: Place, look: _Look) -> Turns:
    """With somebody chosen to follow."""
    turn = turns.places[place]
    if turn.following is not None:
        return turns
    turns, camera = _chosen(turns, look)
    return turns if camera is None else _with(turns, place, replace(turn, following=camera, chosen_ms=look.now_ms))


def _taken(turns: Turns, place: Place, look: _Look) -> Turns:
    """With the turn of the one that follows, if it is time and its picture is there."""
    turn, cameras, now_ms = turns.places[place], look.cameras, look.now_ms
    removed = turn.camera is not None and turn.camera not in cameras.risks
    gone = turn.camera is None or removed or cameras.is_dead(turn.camera)
    if gone and turn.following is not None and turn.until_ms > now_ms:
        turn = replace(turn, until_ms=now_ms)  # whoever is dead need not be looked at to the end
        turns = _with(turns, place, turn)
    if now_ms < turn.until_ms or turn.following is None or not cameras.is_ready(turn.following):
        # One that was removed is said to be shown no longer than the next one has time to come.
        if removed and (turn.following is None or now_ms >= turn.until_ms + AHEAD_MS + PATIENCE_MS):
            return _with(turns, place, replace(turn, camera=None, since_ms=now_ms, step=turn.step + 1))
        return turns
    until_ms = now_ms + look.tour.dwell_s * 1000
    turns = _with(turns, place, Turn(turn.following, now_ms, until_ms, turn.step + 1))
    if turn.following in turns.put_off_ms:
        others = {camera: ms for camera, ms in turns.put_off_ms.items() if camera != turn.following}
        turns = replace(turns, put_off_ms=MappingProxyType(others))
    look.waiting = None  # the one that was there waits again
    return _followed(turns, place, look)


def _put_off(turns: Turns, camera: str, look: _Look) -> Turns:
    """With a camera that was chosen and is passed over: by risk it is due again sooner than if it had been shown."""
    if look.tour.order != "risk" or camera not in look.cameras.risks:
        return turns
    again_ms = _again_ms(look.tour, look.cameras.risks[camera])
    put_off_ms = min(again_ms, 2 * turns.put_off_ms.get(camera, _RETRY_MS // 2))
    return replace(
        turns,
        last_ms=MappingProxyType({**turns.last_ms, camera: look.now_ms + put_off_ms - again_ms}),
        put_off_ms=MappingProxyType({**turns.put_off_ms, camera: put_off_ms}),
    )


def _chosen(turns: Turns, look: _Look, *, or_dead: bool = False) -> tuple[Turns, str | None]:
    """The camera whose turn comes next, that nobody shows or is about to show; None if there is none.

    `or_dead`: where all are dead, the first of them: its place says what is wrong with it.
    """
    if look.waiting is None:
        taken = {camera for turn in turns.places.values() for camera in (turn.camera, turn.following)}
        look.waiting = [one for one in _sorted_by(turns, look.tour, look.cameras) if one[-1] not in taken]
        look.dead = []
        heapify(look.waiting)  # most often the first of thousands will do
    while look.waiting and look.cameras.seems_dead(look.waiting[0][-1]):
        look.dead.append(heappop(look.waiting))
    if look.waiting:
        camera = heappop(look.waiting)[-1]
    elif or_dead and look.dead:
        camera = look.dead.pop(0)[-1]
    else:
        return turns, None
    turns = replace(turns, last=camera, last_ms=MappingProxyType({**turns.last_ms, camera: look.now_ms}))
    if look.tour.order == "random":
        this = turns.round + (turns.rounds.get(camera, 0) >= turns.round)
        turns = replace(turns, round=this, rounds=MappingProxyType({**turns.rounds, camera: this}))
    return turns, camera


def _sorted_by(turns: Turns, tour: Tour, cameras: Cameras) -> list[_Waiting]:
    match tour.order:
        case "fixed":
            after = _last_index(turns, cameras)
            return [(index <= after, index, index, camera) for camera, index in cameras.order.items()]
        case "random":
            return [_by_chance(turns, tour, camera, index) for camera, index in cameras.order.items()]
        case "risk":
            return _due_first(turns, tour, cameras)


def _last_index(turns: Turns, cameras: Cameras) -> int:
    """Where the round is: at the one that was chosen last of those that are still there."""
    if turns.last in cameras.order:
        return cameras.order[turns.last]
    there = [camera for camera in turns.last_ms if camera in cameras.order]
    return cameras.order[max(there, key=turns.last_ms.__getitem__)] if there else -1


def _by_chance(turns: Turns, tour: Tour, camera: str, index: int) -> _Waiting:
    next_round = turns.rounds.get(camera, 0) >= turns.round
    return next_round, _chance(tour.id, camera, turns.round + next_round), index, camera


def _due_first(turns: Turns, tour: Tour, cameras: Cameras) -> list[_Waiting]:
    """Whoever has been due for longest; of those, red ones. Those that were not shown yet are due spread over their
    interval."""
    every = {risk: interval_ms(tour, risk) for risk in _RISKS}
    again = {risk: _again_ms(tour, risk) for risk in _RISKS}
    class_of = {risk: number for number, risk in enumerate(_RISKS)}
    last_ms, began_ms, name = dict(turns.last_ms), turns.began_ms, tour.id
    return [
        (
            last_ms[camera] + again[risk] if camera in last_ms else began_ms + every[risk] * _chance(name, camera, 0),
            class_of[risk],
            index,
            camera,
        )
        for index, (camera, risk) in enumerate(cameras.risks.items())
    ]


def _again_ms(tour: Tour, risk: Risk) -> int:
    """A turn cannot be interrupted, and who follows is chosen a turn before: so all are due two turns early."""
    every_ms = interval_ms(tour, risk)
    return max(every_ms - 2 * tour.dwell_s * 1000, every_ms // 2)


def interval_ms(tour: Tour, risk: Risk) -> int:
    """How often a camera of this risk comes in the order `risk`: green hourly, yellow in between."""
    red = (tour.red_every_minutes or 60) * 60_000
    green = max(red, _GREEN_MS)
    return {"red": red, "yellow": (red + green) // 2, "green": green}[risk]


def load(tour: Tour, risks: Mapping[str, Risk], places: int) -> float:
    """How much of its turns the order `risk` needs: above 1, the tour cannot keep its intervals, and all come late."""
    needed = sum(tour.dwell_s * 1000 / interval_ms(tour, risk) for risk in risks.values())
    return needed / places if places else 0.0


@lru_cache(maxsize=16_384)
def _chance(tour: str, camera: str, number: int) -> float:
    """Between 0 and 1, another one for each camera and number, the same each time."""
    drawn = blake2b(f"{tour}\n{camera}\n{number}".encode(), digest_size=8).digest()
    return int.from_bytes(drawn) / 2**64


def _with(turns: Turns, place: Place, turn: Turn) -> Turns:
    return replace(turns, places=MappingProxyType({**turns.places, place: turn}))
