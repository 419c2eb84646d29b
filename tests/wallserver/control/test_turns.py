"""Whose turn it is: fixed, random and by risk; dead cameras, late pictures; cells that share a tour."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import pytest

from ingest.schedule import Risk
from layouts.tours import Tour
from wallserver.control.turns import AHEAD_MS, PATIENCE_MS, Cameras, Turns, advanced, load, resumed, wakes_at

S = 1000
RISKS: tuple[Risk, ...] = ("red", "yellow", "green")
MINUTE = 60 * S


def tour_of(*cameras: str, **more: Any) -> Tour:
    return Tour("t", "T", cameras=cameras, **({"dwell_s": 10} | more))


@dataclass
class Going:
    """A tour under way, and the clock."""

    tour: Tour
    risks: dict[str, Risk]
    places: list[str] = field(default_factory=lambda: ["p"])
    dead: set[str] = field(default_factory=set)
    late: set[str] = field(default_factory=set)
    now: int = 0
    turns: Turns = field(default_factory=lambda: Turns(0))
    shown: list[tuple[int, str, str | None]] = field(default_factory=list)

    def look(self) -> None:
        before = self.turns
        cameras = Cameras(
            self.risks, self.dead.__contains__, lambda name: name not in self.dead | self.late, self.dead.__contains__
        )
        self.turns = advanced(before, self.tour, self.places, cameras, self.now)
        for place, turn in self.turns.places.items():
            if place not in before.places or before.places[place].step != turn.step:
                self.shown.append((self.now, place, turn.camera))

    def until(self, ms: int) -> list[str | None]:
        """Look whenever something is due; the cameras that had turns."""
        self.look()
        while (at := wakes_at(self.turns, self.now)) is not None and at <= ms:
            self.now = at
            self.look()
        self.now = ms
        self.look()
        return [camera for _, _, camera in self.shown]


def named(**counts: int) -> dict[str, Risk]:
    """So many cameras of each risk."""
    return {f"{risk}{n}": risk for risk in RISKS for n in range(counts.get(risk, 0))}


def going(*cameras: str, **more: Any) -> Going:
    return Going(tour_of(*cameras, **more), dict.fromkeys(cameras, "green"))


def test_fixed_goes_round_with_its_dwell() -> None:
    tour = going("a", "b", "c")
    assert tour.until(45 * S) == ["a", "b", "c", "a", "b"]
    assert [at for at, _, _ in tour.shown] == [0, 10 * S, 20 * S, 30 * S, 40 * S]


def test_who_follows_is_known_and_asked_for_before_its_turn() -> None:
    tour = going("a", "b", "c", dwell_s=30)
    tour.until(0)
    (turn,) = tour.turns.places.values()
    assert (turn.camera, turn.following, turn.ahead_ms) == ("a", "b", 30 * S - AHEAD_MS)


def test_nothing_is_due_nothing_changes() -> None:
    tour = going("a", "b")
    tour.until(3 * S)
    before = tour.turns
    tour.until(4 * S)
    assert tour.turns is before


def test_dead_cameras_have_no_turn_and_one_that_dies_loses_the_rest_of_its_own() -> None:
    tour = going("a", "b", "c", "d")
    tour.dead = {"b"}
    assert tour.until(12 * S) == ["a", "c"]
    tour.dead = {"c"}
    tour.until(13 * S)
    assert tour.shown[-1] == (12 * S, "p", "d")
    tour.dead = {"d"}  # before it, a was to follow
    assert tour.until(14 * S)[-1] == "a"


def test_one_that_is_dead_when_it_should_follow_is_followed_by_another() -> None:
    tour = going("a", "b", "c")
    tour.until(5 * S)
    tour.dead = {"b"}
    assert tour.until(10 * S) == ["a", "c"]


def test_where_all_are_dead_the_picture_that_was_there_stays() -> None:
    tour = going("a", "b")
    tour.until(5 * S)
    tour.dead = {"a", "b"}
    assert tour.until(60 * S) == ["a"]
    tour.dead = set()
    assert tour.until(61 * S)[:2] == ["a", "b"]


def test_a_tour_that_begins_with_dead_cameras_shows_one_and_what_is_wrong_with_it() -> None:
    tour = going("a", "b")
    tour.dead = {"a", "b"}
    assert tour.until(30 * S) == ["a"]


def test_the_old_picture_stays_until_the_next_one_is_there() -> None:
    tour = going("a", "b", "c")
    tour.late = {"b"}
    assert tour.until(14 * S) == ["a"]
    tour.late = set()
    assert tour.until(15 * S) == ["a", "b"]
    assert tour.shown[-1][0] <= 14 * S + 250


def test_one_whose_picture_does_not_come_is_passed_over_and_comes_again_a_round_later() -> None:
    tour = going("a", "b", "c")
    tour.late = {"b"}
    assert tour.until(10 * S + PATIENCE_MS) == ["a", "c"]
    tour.late = set()
    assert tour.until(50 * S)[2:4] == ["a", "b"]


def test_one_camera_alone_stays() -> None:
    assert going("a").until(60 * S) == ["a"]


def test_no_camera_at_all_is_nothing_and_one_that_comes_is_shown() -> None:
    tour = Going(tour_of("gone"), {})
    assert tour.until(20 * S) == [None]
    tour.risks["a"] = "green"
    assert tour.until(22 * S) == [None, "a"]


def test_a_camera_that_leaves_the_catalogue_leaves_the_tour() -> None:
    tour = going("a", "b")
    tour.until(5 * S)
    del tour.risks["a"]
    assert tour.until(6 * S) == ["a", "b"]
    del tour.risks["b"]
    assert tour.until(7 * S) == ["a", "b", None]


def test_a_camera_that_leaves_is_gone_after_the_time_that_the_next_one_has_to_come() -> None:
    tour = going("a", "b", "c", dwell_s=60)
    tour.until(5 * S)
    del tour.risks["a"]
    tour.late = {"b", "c"}
    assert tour.until(19 * S) == ["a"]
    assert tour.until(20 * S) == ["a", None]
    tour.late = {"b"}
    assert tour.until(40 * S) == ["a", None, "c"]


def test_a_round_goes_on_where_it_was_when_its_last_camera_leaves() -> None:
    tour = going("a", "b", "c", "d", "e")
    tour.until(25 * S)  # c is shown, d chosen to follow it
    del tour.risks["d"]
    assert tour.until(30 * S)[-1] == "e"
    assert tour.until(40 * S)[-1] == "a"


def test_random_shows_every_camera_once_a_round_in_another_order_each() -> None:
    names = [f"c{n}" for n in range(12)]
    tour = going(*names, order="random")
    shown = tour.until(12 * 3 * 10 * S - 1)
    rounds = [shown[n : n + 12] for n in (0, 12, 24)]
    assert all(sorted(map(str, one)) == sorted(names) for one in rounds)
    assert len({tuple(one) for one in rounds}) == 3
    assert all(one != names for one in rounds)
    again = going(*names, order="random")
    assert again.until(12 * 3 * 10 * S - 1) == shown


def restarted(tour: Going) -> None:
    """As control is, which remembers a day of what was shown."""
    last_ms = {str(camera): at for at, _, camera in tour.shown if at > tour.now - 24 * 60 * MINUTE}
    turns = {place: replace(turn, following=None, chosen_ms=0) for place, turn in tour.turns.places.items()}
    tour.turns = resumed(tour.tour, turns, last_ms, tour.now)


def test_a_random_round_goes_on_over_a_restart_and_every_restart_is_followed_by_another_order() -> None:
    names = [f"c{n}" for n in range(40)]
    tour = going(*names, order="random")
    tour.until(145 * S)
    restarted(tour)
    shown = tour.until(400 * S - 1)
    assert sorted(map(str, shown)) == sorted(names)
    orders = set()
    for _ in range(5):
        restarted(tour)
        first = len(tour.shown)
        tour.until(tour.now + 400 * S)
        orders.add(tuple(tour.shown[first:][n][2] for n in range(39)))
    assert len(orders) == 5


@pytest.mark.parametrize("places", [1, 3])
def test_random_shows_every_camera_within_a_little_over_two_rounds_however_often_control_is_restarted(
    places: int,
) -> None:
    tour = going(*(f"c{n}" for n in range(40)), order="random")
    tour.places = [f"p{n}" for n in range(places)]
    round_ms = 400 * S // places
    for number in range(1, 60):
        tour.until(number * round_ms * 3 // 8)
        restarted(tour)
    assert max(longest_gaps(tour, tour.now).values()) < 2.5 * round_ms


def test_a_camera_that_comes_later_has_one_turn_a_round_as_all_others() -> None:
    tour = going("a", "b", "c", order="random")
    tour.until(3 * 3 * 10 * S - 1)
    tour.risks["new"] = "green"
    shown = tour.until(11 * 4 * 10 * S)[9:]
    counts = Counter(shown)
    assert max(counts.values()) - min(counts.values()) <= 2


def longest_gaps(tour: Going, until_ms: int) -> dict[str, int]:
    seen: dict[str, list[int]] = defaultdict(lambda: [0])
    for at, _, camera in tour.shown:
        seen[str(camera)].append(at)
    return {name: max(b - a for a, b in pairwise([*seen[name], until_ms])) for name in tour.risks}


@pytest.mark.parametrize("places", [1, 2])
def test_by_risk_every_red_comes_in_its_minutes_and_every_green_in_the_hour(places: int) -> None:
    risks = named(red=15 * places, yellow=20 * places, green=200 * places)
    tour = Going(tour_of("x", order="risk", red_every_minutes=10), risks, [f"p{n}" for n in range(places)])
    assert 0.8 < load(tour.tour, risks, places) < 0.95
    tour.until(130 * MINUTE)
    gaps = longest_gaps(tour, 130 * MINUTE)
    for risk, most in (("red", 10), ("yellow", 35), ("green", 60)):
        assert max(gap for name, gap in gaps.items() if risks[name] == risk) <= most * MINUTE, risk


@pytest.mark.parametrize("how", ["late", "dead"])
def test_by_risk_a_red_that_is_passed_over_comes_soon_after_and_not_a_whole_interval_later(how: str) -> None:
    risks = named(red=15, yellow=20, green=200)
    tour = Going(tour_of("x", order="risk", red_every_minutes=10), risks)
    ill: set[str] = getattr(tour, how)
    for minute in range(60, 180, 15):
        tour.until(minute * MINUTE)
        while (passed_over := tour.turns.places["p"].following or "")[:3] != "red":
            tour.until(tour.now + S)
        ill.add(passed_over)
        while tour.turns.places["p"].following == passed_over:
            tour.until(tour.now + S)
        ill.clear()
    tour.until(200 * MINUTE)
    gaps = longest_gaps(tour, 200 * MINUTE)
    assert max(gap for name, gap in gaps.items() if risks[name] == "red") <= 12 * MINUTE


def test_by_risk_reds_whose_pictures_never_come_make_no_other_red_late() -> None:
    risks = named(red=15, yellow=20, green=200)
    tour = Going(tour_of("x", order="risk", red_every_minutes=10), risks, late={f"red{n}" for n in range(5)})
    tour.until(190 * MINUTE)
    gaps = longest_gaps(tour, 190 * MINUTE)
    assert max(gap for name, gap in gaps.items() if risks[name] == "red" and name not in tour.late) <= 10 * MINUTE
    tour.late.clear()
    tour.until(210 * MINUTE)
    assert {f"red{n}" for n in range(5)} <= {camera for at, _, camera in tour.shown if at > 190 * MINUTE}


def test_more_than_there_is_time_for_all_come_late_and_none_never() -> None:
    risks = named(red=60, green=200)
    tour = Going(tour_of(*risks, order="risk", red_every_minutes=5), risks)
    assert load(tour.tour, risks, 1) > 2
    tour.until(5 * 60 * MINUTE)
    gaps = longest_gaps(tour, 5 * 60 * MINUTE)
    late = {risk: max(gap for name, gap in gaps.items() if risks[name] == risk) for risk in ("red", "green")}
    assert late["red"] < late["green"] / 2 < 75 * MINUTE


def test_cells_that_share_a_tour_never_show_the_same_camera_and_change_one_after_the_other() -> None:
    tour = going(*(f"c{n}" for n in range(9)))
    tour.places = ["p", "q", "r", "s"]
    tour.look()
    now_shown: dict[str, str | None] = {}
    tour.until(200 * S)
    for _, place, camera in tour.shown:
        assert camera not in now_shown.values()
        now_shown[place] = camera
    assert len({at for at, _, _ in tour.shown[4:]}) == len(tour.shown[4:])
    counts = Counter(camera for _, _, camera in tour.shown)
    assert max(counts.values()) - min(counts.values()) <= 1


def test_cells_without_a_camera_of_their_own_show_nothing() -> None:
    tour = going("a", "b")
    tour.places = ["p", "q", "r"]
    assert Counter(tour.until(0)) == Counter(["a", "b", None])


def test_a_cell_that_a_person_took_is_out_of_the_tour_and_back_in_when_it_is_given_back() -> None:
    tour = going("a", "b", "c")
    tour.places = ["p", "q"]
    tour.until(3 * S)
    tour.places = ["p"]
    tour.until(4 * S)
    assert set(tour.turns.places) == {"p"}
    tour.places = ["p", "q"]
    tour.until(5 * S)
    assert set(tour.turns.places) == {"p", "q"}


@pytest.mark.parametrize("order", ["fixed", "random", "risk"])
def test_where_all_of_thousands_are_dead_each_is_asked_about_once_a_look_whatever_the_places(order: str) -> None:
    risks: dict[str, Risk] = named(red=1000)
    more = {"red_every_minutes": 60} if order == "risk" else {}
    asked: Counter[str] = Counter()

    def seems_dead(camera: str) -> bool:
        asked[camera] += 1
        return dead

    tour, places, dead = tour_of("x", order=order, **more), [f"p{n}" for n in range(36)], False
    turns = advanced(Turns(0), tour, places, Cameras(risks, lambda _: False, lambda _: True, seems_dead), 0)
    assert max(asked.values()) == 1
    dead = True
    for second in (1, 2):
        asked.clear()
        turns = advanced(turns, tour, places, Cameras(risks, lambda _: True, lambda _: False, seems_dead), second * S)
        assert max(asked.values()) == 1
    asked.clear()
    begun = advanced(Turns(0), tour, places, Cameras(risks, lambda _: True, lambda _: False, seems_dead), 0)
    assert max(asked.values()) == 1
    assert len({turn.camera for turn in begun.places.values()}) == 36


def test_a_clock_that_is_set_back_holds_no_tour_up() -> None:
    tour = going(*(f"c{n}" for n in range(9)))
    tour.places = ["p", "q"]
    tour.until(125 * MINUTE + 4 * S)
    tour.now, steps = tour.now - 60 * MINUTE, len(tour.shown)
    tour.until(tour.now + MINUTE)
    assert len(tour.shown) - steps == 12
    turns = tour.turns.places.values()
    assert all(turn.since_ms <= tour.now < turn.until_ms <= tour.now + 10 * S for turn in turns)


def test_by_risk_every_red_comes_in_its_minutes_over_a_clock_that_is_set_back() -> None:
    risks = named(red=15, yellow=20, green=200)
    tour = Going(tour_of("x", order="risk", red_every_minutes=10), risks)
    tour.until(130 * MINUTE)
    before, tour.shown, back = tour.shown, [], 61 * MINUTE
    tour.now -= back
    tour.until(tour.now + 60 * MINUTE)
    tour.shown = before + [(at + back, place, camera) for at, place, camera in tour.shown]
    gaps = longest_gaps(tour, 190 * MINUTE)
    assert max(gap for name, gap in gaps.items() if risks[name] == "red") <= 10 * MINUTE
    assert max(gaps.values()) <= 60 * MINUTE


def test_a_shorter_dwell_ends_the_turns_that_go_on_one_after_the_other() -> None:
    tour = going(*(f"c{n}" for n in range(9)), dwell_s=3600)
    tour.places = ["p", "q", "r"]
    tour.until(3700 * S)
    tour.tour, tour.shown = replace(tour.tour, dwell_s=9), []
    tour.until(3719 * S)
    assert [(at // S, place) for at, place, _ in tour.shown] == [
        (3703, "p"),
        (3706, "q"),
        (3709, "r"),
        (3712, "p"),
        (3715, "q"),
        (3718, "r"),
    ]


def test_a_dwell_a_little_shorter_counts_from_where_a_turn_began_and_a_longer_one_from_the_next_turn_on() -> None:
    tour = going("a", "b", "c", dwell_s=60)
    tour.until(70 * S)
    tour.tour = replace(tour.tour, dwell_s=50)
    tour.until(115 * S)
    tour.tour = replace(tour.tour, dwell_s=55)
    tour.until(170 * S)
    assert [at // S for at, _, _ in tour.shown] == [0, 60, 110, 160]
