"""Which cells are passed through, which are composed, which are stills: the cheapest that looks right. Pure.

What is passed through costs the server a fraction of what composing it does, and the display a decoder; a mosaic costs
the display one decoder, and the server its encoding once, however few cells it has. So the display's budget is spent
on the cells that it saves most for, and where it is enough for all there is no mosaic.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from math import inf, sqrt

from layouts.geometry import Rect, even_pixels
from layouts.wall import Display
from wallserver.config import MosaicSettings
from wallserver.control.costs import (
    Cost,
    StreamFacts,
    decode_cores,
    encode_cores,
    pull_cores,
    scale_cores,
    send_cores,
)
from wallserver.control.mosaics import UNSEEN, PixelRect, canvas_for, easier_canvas, kbps_of
from wallserver.control.ways import ENOUGH, Spot, Way, is_enough, magnified

# A mosaic leaves out what lies beside its cells where that saves so much of it.
_WORTH_CUTTING = 0.8
_HALF = 0.5
# How many of the beginnings are made better, and how many cells are weighed for each: a display of 64 is planned in
# less than a tenth of a second or so.
_MOST_STARTS = 3
_MOST_WEIGHED = 600


@dataclass(frozen=True, slots=True)
class Budget:
    """What a display bears: decoders at a time, decoded pixels a second, Mbit/s."""

    decoders: int
    pixels_s: float = inf
    mbps: float = inf

    def bears(self, cost: Cost) -> bool:
        """Whether it does."""
        return cost.decoders <= self.decoders and cost.pixels_s <= self.pixels_s and cost.mbps <= self.mbps

    def times(self, factor: float) -> Budget:
        """As many decoders, and so much of what is reckoned in numbers that swing."""
        return replace(self, pixels_s=factor * self.pixels_s, mbps=factor * self.mbps)

    def share(self, cost: Cost) -> float:
        """The share that it takes of what there is least of."""
        parts = ((cost.decoders, self.decoders), (cost.pixels_s, self.pixels_s), (cost.mbps, self.mbps))
        return max(used / there if there else inf if used else 0.0 for used, there in parts)


@dataclass(frozen=True, slots=True)
class Canvas:
    """A mosaic's picture: its size, the part of the layout's grid that it covers, and its cells' rectangles."""

    size: tuple[int, int]
    grid: Rect
    rects: tuple[PixelRect, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A way for each spot, and what follows. `wrong`: cells whose picture is visibly too small.

    `canvas`: that of the composed ones, in their order. `light`: at half its size.
    """

    ways: tuple[Way, ...]
    cost: Cost
    wrong: int
    canvas: Canvas | None
    light: bool = False

    @property
    def stills(self) -> int:
        """How many cells are only stills."""
        return sum(way is Way.STILL for way in self.ways)


@dataclass(frozen=True, slots=True)
class Question:
    """A display and its spots, each with the ways that are open to it; `light`: its mosaic has to be light.

    `empty`: cells that have nothing to show now. A mosaic covers them too, and stays as it is when they get a camera.
    What was weighed for it once is kept: half of all that is tried has been before, and most of its canvases.
    """

    display: Display
    settings: MosaicSettings
    budget: Budget
    slots: int
    spots: tuple[Spot, ...]
    light: bool = False
    empty: tuple[Rect, ...] = ()
    # Also for the same question with fewer ways open: neither looks at which those are.
    choices: dict[tuple[tuple[Way, ...], bool], Choice] = field(default_factory=dict, compare=False, repr=False)
    canvases: dict[tuple[str, ...], Canvas] = field(default_factory=dict, compare=False, repr=False)

    def rank(self, choice: Choice) -> tuple[bool, int, bool, int, float]:
        """Lower is better: within the budget, no stills, no lighter a mosaic than need be, all looking right, and then
        the least CPU of the site.
        """
        passed = sum(way.passed_through for way in choice.ways)
        fits = self.budget.bears(choice.cost) and passed <= self.slots
        return not fits, choice.stills, choice.light and choice.wrong > 0, choice.wrong, choice.cost.server_cores


def choose(question: Question) -> Choice:
    """The best that is found; its CPU is within a tenth of the least that there is, as a test shows.

    Several ways of spending the budget are tried, each greedy; the best of them is made better step by step.
    """
    lights = (True,) if question.light else (False, True)
    found = [_filled(question, Way.MOSAIC, order, light=light) for light in lights for order in _ORDERS]
    subs_only = _without_main(question)
    for asked in (question, subs_only):
        found += [_filled(asked, Way.STILL, order, light=question.light) for order in _ORDERS[:2]]
    found.append(_filled(subs_only, Way.MOSAIC, _ORDERS[0], light=question.light))
    starts = {choice.ways: choice for choice in sorted(found, key=question.rank, reverse=True)}
    best = sorted(starts.values(), key=question.rank)[:_MOST_STARTS]
    if not question.spots or not question.budget.bears(best[0].cost):
        return best[0]  # what must be composed is more than the display bears
    return min((_bettered(question, choice) for choice in best), key=question.rank)


def _without_main(question: Question) -> Question:
    """The same with nothing but sub streams to pass through, where a cell has any."""
    spots = (
        replace(spot, ways=tuple(way for way in spot.ways if way is not Way.MAIN)) if Way.SUB in spot.ways else spot
        for spot in question.spots
    )
    return replace(question, spots=tuple(spots))


def _bettered(question: Question, choice: Choice) -> Choice:
    """Change a cell, or let two change places, for as long as that helps, within what there is time for."""
    left = _MOST_WEIGHED // len(question.spots)
    improved = True
    while improved:
        improved = False
        for ways, light in _neighbours(question, choice):
            if not left:
                return choice
            left -= 1
            other = weighed(question, ways, light=light)
            if question.rank(other) < question.rank(choice):
                choice, improved = other, True
                break
    return choice


def _neighbours(question: Question, choice: Choice) -> Iterator[tuple[list[Way], bool]]:
    ways = list(choice.ways)
    lights = (choice.light,) if question.light else (choice.light, not choice.light)
    yield ways, lights[-1]
    for index, spot in enumerate(question.spots):
        for way in spot.ways:
            if way is not ways[index]:
                for light in lights:
                    yield [*ways[:index], way, *ways[index + 1 :]], light
    for one, other in combinations(range(len(ways)), 2):
        mine, its = ways[one], ways[other]
        if mine is its or its not in question.spots[one].ways or mine not in question.spots[other].ways:
            continue
        swapped = list(ways)
        swapped[one], swapped[other] = its, mine
        yield swapped, choice.light


def weighed(question: Question, ways: Sequence[Way], *, light: bool = False) -> Choice:
    """What follows of these ways: exactly, and whether or not the display bears it."""
    key = tuple(ways), light
    if key not in question.choices:
        question.choices[key] = _weighed(question, key[0], light=light)
    return question.choices[key]


def _weighed(question: Question, ways: tuple[Way, ...], *, light: bool) -> Choice:
    composed = [spot for spot, way in zip(question.spots, ways, strict=True) if way is Way.MOSAIC]
    canvas = _canvas(question, composed) if composed else None
    light = light and canvas is not None
    pulled: dict[str, tuple[StreamFacts, str | None]] = {}
    decoded: dict[str, StreamFacts] = {}
    decoders, pixels_s, kbps, gateway, tiler, wrong = 0, 0.0, 0.0, 0.0, 0.0, 0
    for spot, way in zip(question.spots, ways, strict=True):
        stream = spot.camera.stream(way)
        if way.passed_through:
            decoders += 1
            pixels_s += stream.pixels_s
            kbps += stream.kbps
            gateway += send_cores(stream.fps, stream.kbps)
        if way is not Way.MOSAIC and not spot.visited:
            pulled[stream.stream] = stream, spot.camera.recorder
            wrong += not is_enough(stream, spot.size, spot.fit) if way.passed_through else 0
    if canvas is not None:
        scale = _HALF if light else 1.0
        for spot, rect in zip(composed, canvas.rects, strict=True):
            cell = int(rect[2] * scale), int(rect[3] * scale)
            stream = spot.composed_of((rect[2], rect[3]))
            decoded[stream.stream] = stream
            pulled[stream.stream] = stream, spot.camera.recorder
            tiler += scale_cores(stream, cell)
            wrong += not is_enough(stream, spot.size, spot.fit) or magnified(cell, spot.size, spot.fit) > ENOUGH
        size = int(canvas.size[0] * scale), int(canvas.size[1] * scale)
        rate, fps = kbps_of(canvas.size, question.settings, light=light), question.settings.fps
        tiler += sum(map(decode_cores, decoded.values())) + encode_cores(size, fps)
        decoders += 1
        pixels_s += size[0] * size[1] * fps
        kbps += rate
        gateway += send_cores(fps, rate)
    pulls = sum(pull_cores(stream) for stream, _ in pulled.values())
    sessions = Counter(recorder for _, recorder in pulled.values() if recorder)
    cost = Cost(decoders, pixels_s, kbps / 1000, gateway, tiler, pulls, tuple(sorted(sessions.items())))
    return Choice(ways, cost, wrong, canvas, light)


@dataclass(frozen=True, slots=True)
class _Step:
    """A spot that gets a way of its own instead of its place in the mosaic, or instead of a still.

    `mends`: it makes a cell look right, or a still move; `takes`: of the display's budget; `saves`: cores.
    """

    spot: int
    rect: Rect
    way: Way
    takes: Cost
    saves: float
    mends: int


def _filled(question: Question, base: Way, order: _Order, *, light: bool) -> Choice:
    """Begin with everything composed, or everything still; then spend the budget, the best first."""
    ways = [base if base in spot.ways else spot.ways[-1] for spot in question.spots]
    choice = weighed(question, ways, light=light)
    steps = _steps(question, choice)
    # The mosaic becomes smaller as cells leave it, and makes room for another one.
    for _ in range(3):
        before, choice = choice, _spent(question, choice, steps, order, light=light)
        if choice.ways == before.ways:
            break
    return choice


def _spent(question: Question, choice: Choice, steps: list[_Step], order: _Order, *, light: bool) -> Choice:
    budget, ways = question.budget, list(choice.ways)
    room = question.slots - sum(way.passed_through for way in ways)
    decoders, pixels_s, mbps = choice.cost.decoders, choice.cost.pixels_s, choice.cost.mbps
    for step in sorted(steps, key=lambda step: (*order(budget, step), step.spot)):
        takes = step.takes
        after = Cost(decoders + takes.decoders, pixels_s + takes.pixels_s, mbps + takes.mbps)
        if ways[step.spot].passed_through or room < 1 or not budget.bears(after):
            continue
        ways[step.spot] = step.way
        room -= 1
        decoders, pixels_s, mbps = after.decoders, after.pixels_s, after.mbps
    return weighed(question, ways, light=light)


def _steps(question: Question, choice: Choice) -> list[_Step]:
    rects = iter(choice.canvas.rects if choice.canvas else ())
    scale = _HALF if choice.light else 1.0
    steps: list[_Step] = []
    for index, (spot, base) in enumerate(zip(question.spots, choice.ways, strict=True)):
        rect = next(rects) if base is Way.MOSAIC else None
        cores, was_wrong = 0.0, True
        if rect is not None:
            cell = int(rect[2] * scale), int(rect[3] * scale)
            of = spot.composed_of((rect[2], rect[3]))
            cores = decode_cores(of) + scale_cores(of, cell) + pull_cores(of)
            was_wrong = not is_enough(of, spot.size, spot.fit) or magnified(cell, spot.size, spot.fit) > ENOUGH
        for way in spot.ways:
            if not way.passed_through:
                continue
            stream = spot.camera.stream(way)
            own = send_cores(stream.fps, stream.kbps) + pull_cores(stream)
            right = is_enough(stream, spot.size, spot.fit)
            mends = (2 if base is Way.STILL else 0) + was_wrong - (not right)
            if mends > 0 or (mends == 0 and (cores > own or base is Way.STILL)):
                takes = Cost(1, stream.pixels_s, stream.kbps / 1000)
                steps.append(_Step(index, spot.rect, way, takes, cores - own, mends))
    return steps


type _Order = Callable[[Budget, _Step], tuple[float, ...]]


def _by_saving_for_budget(budget: Budget, step: _Step) -> tuple[float, ...]:
    share = max(budget.share(step.takes), 1e-9)
    return -step.mends, -(step.saves / share if step.saves > 0 else step.saves * share)


def _by_mending_for_budget(budget: Budget, step: _Step) -> tuple[float, ...]:
    return -step.mends / max(budget.share(step.takes), 1e-9), -step.saves


def _by_saving(_: Budget, step: _Step) -> tuple[float, ...]:
    return -step.mends, -step.saves


# From one edge to the other: what is left for the mosaic is a smaller picture.
_ORDERS: tuple[_Order, ...] = (
    _by_saving_for_budget,
    _by_mending_for_budget,
    _by_saving,
    lambda _, step: (-step.mends, step.rect.y, step.rect.x),
    lambda _, step: (-step.mends, -step.rect.y, step.rect.x),
    lambda _, step: (-step.mends, step.rect.x, step.rect.y),
    lambda _, step: (-step.mends, -step.rect.x, step.rect.y),
)


def _canvas(question: Question, spots: Sequence[Spot]) -> Canvas:
    """The picture of these: no more pixels than the settings allow, and easy to scale into."""
    cells = tuple(spot.cell for spot in spots)
    if cells not in question.canvases:
        question.canvases[cells] = _laid_out(question, spots)
    return question.canvases[cells]


def _laid_out(question: Question, spots: Sequence[Spot]) -> Canvas:
    display, settings = question.display, question.settings
    layout = display.layout
    covered = [*(spot.rect for spot in spots), *question.empty]
    left, top = min(rect.x for rect in covered), min(rect.y for rect in covered)
    right, bottom = max(rect.right for rect in covered), max(rect.bottom for rect in covered)
    part = Rect(left, top, right - left, bottom - top)
    share = part.area / (layout.columns * layout.rows)
    if share > _WORTH_CUTTING:
        part, share = Rect(0, 0, layout.columns, layout.rows), 1.0
    most = canvas_for(display, settings)
    # As sharp as the display, as far as what was left out makes room for it.
    scale = max(1.0, min(display.width / most[0], sqrt(1 / share)))
    whole = most[0] * scale, most[1] * scale
    size = _even(whole[0] * part.w / layout.columns), _even(whole[1] * part.h / layout.rows)
    rects = [_on_canvas(spot.rect, part, size) for spot in spots]
    shape = display.width * part.w / layout.columns, display.height * part.h / layout.rows
    least = min(size[0], UNSEEN * shape[0]), min(size[1], UNSEEN * shape[1])
    streams = [spot.composed_of((rect[2], rect[3])) for spot, rect in zip(spots, rects, strict=True)]
    sizes = [(rect, (of.width, of.height)) for rect, of in zip(rects, streams, strict=True)]
    easier = easier_canvas(size, sizes, least)
    if easier != size:
        rects = [_on_canvas(spot.rect, part, easier) for spot in spots]
    return Canvas(easier, part, tuple(rects))


def _on_canvas(rect: Rect, part: Rect, size: tuple[int, int]) -> PixelRect:
    return even_pixels(Rect(rect.x - part.x, rect.y - part.y, rect.w, rect.h), (part.w, part.h), size)


def _even(side: float) -> int:
    # At least two pixels for each unit of the finest grid, and within what a tiler makes.
    return min(max(128, int(side) // 2 * 2), 4096)
