"""Which cameras of a recorder are let in."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from wallserver.control.recorders import LEARN_S, Recorders

HOST = "10.10.4.2"


@dataclass(slots=True)
class Streams:
    """Who needs which streams, and which run."""

    shown: set[str] = field(default_factory=set)
    played: set[str] = field(default_factory=set)
    running: set[str] = field(default_factory=set)
    now: float = 0.0

    def recorders(self, limit: int = 2, *, old: bool = True) -> Recorders:
        """Of a control that knows who is there (`old`), or has just started."""
        made = self._recorders(limit)
        self.now += LEARN_S if old else 0.0
        return made

    def _recorders(self, limit: int) -> Recorders:
        return Recorders(
            {HOST: limit},
            shown=lambda stream: stream in self.shown,
            needed=lambda stream: stream in self.shown | self.played,
            runs=lambda stream: stream in self.running,
            clock=lambda: self.now,
        )


@pytest.fixture
def streams() -> Streams:
    return Streams()


def test_hosts_that_are_no_recorders_let_everybody_in(streams: Streams) -> None:
    streams.shown = {"a", "b", "c"}
    recorders = streams.recorders()
    assert all(recorders.admits("10.0.0.1", stream) for stream in streams.shown)


def test_who_came_first_stays_and_the_next_one_comes_when_one_has_gone(streams: Streams) -> None:
    streams.shown = {"a", "b", "c"}
    recorders = streams.recorders()
    for _ in range(2):
        assert [recorders.admits(HOST, stream) for stream in "abc"] == [True, True, False]
    streams.running = {"a", "b"}
    streams.shown = {"b", "c"}
    assert not recorders.admits(HOST, "c"), "the session of the one that nobody needs any more is there still"
    streams.running = {"b"}
    assert recorders.admits(HOST, "c")
    assert not recorders.admits(HOST, "a")


def test_what_displays_show_goes_before_what_players_ask_for(streams: Streams) -> None:
    streams.played = streams.running = {"a", "b"}
    recorders = streams.recorders()
    assert recorders.admits(HOST, "a")
    assert recorders.admits(HOST, "b")
    streams.shown = {"c"}
    assert not any(recorders.admits(HOST, "c") for _ in range(3)), "a session has to end first"
    assert [recorders.admits(HOST, stream) for stream in "ab"] == [False, True], "one, and no more than one"
    streams.running = {"b"}
    assert recorders.admits(HOST, "c")
    assert [recorders.admits(HOST, stream) for stream in "abc"] == [False, True, True]


def test_a_player_that_has_no_session_yet_makes_room_at_once(streams: Streams) -> None:
    streams.played = {"a", "b"}
    recorders = streams.recorders()
    assert all(recorders.admits(HOST, stream) for stream in "ab")
    streams.shown = {"c"}
    assert recorders.admits(HOST, "c")


def test_a_visit_takes_a_free_place_and_keeps_none(streams: Streams) -> None:
    streams.shown = {"a", "b"}
    recorders = streams.recorders()
    assert recorders.admits(HOST, "visited")
    assert recorders.admits(HOST, "a")
    assert recorders.admits(HOST, "b")
    assert not recorders.admits(HOST, "visited")


def test_what_runs_stays_over_a_restart_of_control_and_nobody_gets_its_place(streams: Streams) -> None:
    streams.shown, streams.running = {"a", "b", "c"}, {"a", "b"}
    recorders = streams.recorders(old=False)
    streams.played = {"p"}
    assert not recorders.admits(HOST, "p"), "a player waits until it is known who is there"
    assert recorders.admits(HOST, "c"), "nothing is known yet of the others"
    assert recorders.admits(HOST, "a")
    assert recorders.admits(HOST, "b")
    streams.now += LEARN_S
    assert not recorders.admits(HOST, "c")
    assert all(recorders.admits(HOST, stream) for stream in "ab")
    streams.running, streams.shown = {"b"}, {"b", "c"}
    assert recorders.admits(HOST, "c")
