"""Lighter at once, heavier only after calm."""

from __future__ import annotations

from wallserver.gateway.congestion import CALM_S, LOSING_S, Congestion


class Network:
    """Seconds, one after the other."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.congestion = Congestion()

    def passes(self, seconds: float, lost: float = 0.0, dropped: int = 0) -> list[float]:
        """After how many seconds it changed."""
        changes = []
        for second in range(round(seconds)):
            self.now += 1
            if self.congestion.look(self.now, lost, dropped, self.now):
                changes.append(second + 1.0)
        return changes


def test_a_bad_network_is_not_a_narrow_one() -> None:
    network = Network()
    assert network.passes(60, lost=0.05) == []
    for _ in range(10):  # bursts
        assert network.passes(2, lost=0.5) == []
        assert network.passes(5) == []


def test_much_that_is_lost_for_some_seconds_makes_it_lighter_until_it_has_been_calm() -> None:
    network = Network()
    assert network.passes(20, lost=0.2) == [LOSING_S + 1]
    assert network.congestion.light
    assert network.passes(CALM_S - 1) == []
    assert network.passes(5) == [1]
    assert not network.congestion.light


def test_what_is_said_once_counts_once() -> None:
    congestion = Congestion()
    assert not any(congestion.look(1000.0 + second, 0.9, 0, said_at=1000.0) for second in range(8))
    assert congestion.look(1009.0, 0.9, 0, said_at=1008.0)


def test_what_could_not_be_sent_in_time_makes_it_lighter_at_once() -> None:
    network = Network()
    assert network.passes(1, dropped=3) == [1]


def test_each_time_that_it_was_too_early_it_waits_twice_as_long() -> None:
    network = Network()
    network.passes(1, dropped=1)
    assert network.passes(200) == [CALM_S]
    waits = []
    for _ in range(6):
        # It goes heavier, and that is too much a second later.
        network.congestion._heavier_at = network.now
        network.passes(1, dropped=1)
        waits += network.passes(2000)
    assert waits == [60, 120, 240, 480, 600, 600]


def test_after_a_long_time_that_went_well_it_begins_anew() -> None:
    network = Network()
    network.passes(1, dropped=1)
    assert network.passes(CALM_S + 2 * CALM_S) == [CALM_S]
    network.passes(1, dropped=1)
    assert network.passes(100) == [CALM_S]
